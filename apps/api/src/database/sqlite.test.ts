import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { cleanUp } from '@signet/testing/clean-up'
import { WITHIN } from '@signet/testing/wait'
import type { SqliteStatement } from 'kysely'
import { sql } from 'kysely'
import { describe, expect, test, vi } from 'vitest'
import { holdLock, temporaryFolder } from '../../test/databases.ts'
import { createOrder } from '../orders/queries.ts'
import { listUsers } from '../users/queries.ts'
import type { Db } from './db.ts'
import { isUnavailable } from './errors.ts'
import { openDatabase, ping } from './open.ts'
import { seed } from './sample-data.ts'
import { openSqlite } from './sqlite.ts'
import { cacheStatements } from './sqlite-driver.ts'

async function open(url: string) {
  const db = await openDatabase({ url })
  cleanUp(() => db.destroy())
  return db
}

test.each(['file:', 'sqlite:', 'file://'])(
  '%sPATH is a file, which is made with its folder and kept',
  async (scheme) => {
    const path = join(temporaryFolder(), 'not/yet/there.sqlite')
    const first = await openDatabase({ url: `${scheme}${path}` })
    await seed(first, { createdBy: 'all' })
    await first.destroy()
    expect(existsSync(path)).toBe(true)
    expect(await listUsers(await open(`${scheme}${path}`), { limit: 500 })).toHaveLength(50)
  },
)

test('file::memory: is a new database each time', async () => {
  const one = await open('file::memory:')
  const two = await open('file::memory:')
  await seed(one, { createdBy: 'all' })
  expect(await listUsers(two, { limit: 500 })).toEqual([])
  expect(existsSync(':memory:')).toBe(false)
})

test('uses a write-ahead log, so that reads do not wait for a write', async () => {
  const db = await open(`file:${join(temporaryFolder(), 'test.sqlite')}`)
  const { rows } = await sql`pragma journal_mode`.execute(db)
  expect(rows).toEqual([{ journal_mode: 'wal' }])
})

describe('while another process holds the lock', () => {
  const order = (db: Db) =>
    createOrder(db, { userId: 'u-001', item: 'Tea', quantity: 1 }, { createdBy: 'all', requestId: 'r' })

  async function locked(lockTimeout: number) {
    const path = join(temporaryFolder(), 'test.sqlite')
    const db = await openSqlite(path, { lockTimeout })
    cleanUp(() => db.destroy())
    await seed(db, { createdBy: 'all' })
    return { db, path, lock: await holdLock(path) }
  }

  test('timers run, reads are answered, and a write succeeds after the release', async () => {
    const { db, lock } = await locked(WITHIN.timeout)
    const writing = Promise.all([
      order(db),
      sql`update users set name = 'New' where id = 'u-001'`.execute(db),
    ])
    // If a statement blocked the event loop, this timer would never fire, because the lock is released after it.
    await setTimeout(10)
    expect(await listUsers(db, { limit: 1 })).toHaveLength(1)
    await lock.release()
    await writing
    expect(await listUsers(db, { limit: 1 })).toMatchObject([{ name: 'New' }])
  })

  test('all waiting writes fail at the same time, and not one after the other', async () => {
    const { db, lock } = await locked(1_000)
    // One after the other they would take longer than a test may.
    const faults = await Promise.all(Array.from({ length: 200 }, () => order(db).catch((error) => error)))
    expect(faults.filter(isUnavailable)).toHaveLength(200)
    await lock.release()
    await expect(order(db)).resolves.toMatchObject({ item: 'Tea' })
  })

  test('a process that starts waits for the lock, and names it if the wait is too long', async () => {
    const { path, lock } = await locked(10)
    await expect(openSqlite(path, { lockTimeout: 10 })).rejects.toMatchObject({
      code: 'database_unavailable',
      message: `DATABASE_URL: cannot use the file ${path}: database is locked`,
    })
    const opening = openSqlite(path, { lockTimeout: WITHIN.timeout })
    await lock.release()
    await (await opening).destroy()
  })
})

test('a read-only transaction sees one state, and does not block writes', async () => {
  const db = await open(`file:${join(temporaryFolder(), 'test.sqlite')}`)
  await seed(db, { createdBy: 'all' })
  const count = async (from: Db) => (await listUsers(from, { limit: 500 })).length
  const reading = db.transaction().setAccessMode('read only')
  const counts = await reading.execute(async (transaction) => {
    const before = await count(transaction)
    await db.insertInto('users').values({ id: 'new', name: 'New', email: 'new' }).execute()
    return [before, await count(transaction)]
  })
  expect(counts).toEqual([50, 50])
  expect(await count(db)).toBe(51)
})

test('a file of another program is refused by name, and is not changed', async () => {
  const path = join(temporaryFolder(), 'other.sqlite')
  const other = new DatabaseSync(path)
  other.exec('create table bookmarks (url text)')
  other.close()
  const before = readFileSync(path)

  await expect(openDatabase({ url: `file:${path}` })).rejects.toMatchObject({
    code: 'database_unsuitable',
    message: expect.stringMatching(/^DATABASE_URL: the file .* belongs to another program: .* bookmarks\./),
  })

  expect(readFileSync(path).equals(before)).toBe(true)
  expect(readdirSync(dirname(path))).toEqual(['other.sqlite'])
})

test.each([
  ['is below a file', (folder: string) => writeFileSync(join(folder, 'in-the-way'), '')],
  ['is a folder', (folder: string) => mkdirSync(join(folder, 'in-the-way/test.sqlite'), { recursive: true })],
  ['is not a database', writeText],
])('names the file that cannot be used when it %s', async (_, spoil) => {
  const folder = temporaryFolder()
  spoil(folder)
  await expect(openDatabase({ url: `file:${folder}/in-the-way/test.sqlite` })).rejects.toMatchObject({
    code: 'database_unavailable',
    message: expect.stringMatching(/^DATABASE_URL: cannot use the file .*test\.sqlite: \w/),
  })
})

test('is unavailable while its disk is full, and works again afterwards', async () => {
  const db = await open(`file:${join(temporaryFolder(), 'test.sqlite')}`)
  await seed(db, { createdBy: 'all' })
  await sql`pragma max_page_count = 1`.execute(db)
  const large = { userId: 'u-001', item: 'x'.repeat(100_000), quantity: 1 }
  const order = () => createOrder(db, large, { createdBy: 'all', requestId: 'r', idempotencyKey: 'key' })
  expect(isUnavailable(await order().catch((error) => error))).toBe(true)
  await ping(db)
  await sql`pragma max_page_count = 100000`.execute(db)
  await expect(order()).resolves.toMatchObject({ userId: 'u-001' })
})

test('is unavailable when a write fails and SQLite has rolled back by itself', async () => {
  const script = `
    const { openDatabase } = await import('./open.ts')
    const { isUnavailable } = await import('./errors.ts')
    const db = await openDatabase({ url: process.env.DATABASE_URL })
    const user = (id) => ({ id, name: 'x'.repeat(500_000), email: id })
    const write = (id) => db.transaction().execute((t) => t.insertInto('users').values(user(id)).execute())
    const error = await write('one').catch((error) => error)
    console.log(isUnavailable(error), error.message)`
  // A limit on file sizes (KiB) is like a full disk, and needs no separate disk.
  const limited = `trap '' XFSZ; ulimit -f 300; exec "$0" --input-type=module --eval "$1"`
  const env = { ...process.env, DATABASE_URL: `file:${join(temporaryFolder(), 'test.sqlite')}` }
  const { stdout } = await promisify(execFile)('bash', ['-c', limited, process.execPath, script], {
    env,
    cwd: import.meta.dirname,
  })
  expect(stdout).toMatch(/^true disk I\/O error|^true database or disk is full/)
})

function writeText(folder: string) {
  mkdirSync(join(folder, 'in-the-way'))
  writeFileSync(join(folder, 'in-the-way/test.sqlite'), 'No database. '.repeat(100))
}

const statement: SqliteStatement = {
  reader: true,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [].values(),
}

test('prepares a statement once', () => {
  const prepare = vi.fn(() => ({ ...statement }))
  const cached = cacheStatements(prepare)
  expect(cached('select 1')).toBe(cached('select 1'))
  expect(cached('select 2')).not.toBe(cached('select 1'))
  expect(prepare.mock.calls).toEqual([['select 1'], ['select 2']])
})

test('drops the oldest statement above its limit', () => {
  const prepare = vi.fn(() => statement)
  const cached = cacheStatements(prepare, 2)
  for (const sql of ['a', 'b', 'c', 'b', 'c', 'a']) cached(sql)
  expect(prepare.mock.calls.flat()).toEqual(['a', 'b', 'c', 'a'])
})
