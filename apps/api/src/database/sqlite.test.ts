import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cleanUp } from '@signet/testing/clean-up'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { isUnavailable } from './error-codes.ts'
import { openDatabase, ping } from './open.ts'
import { createOrder } from './orders.ts'
import { seed } from './seed.ts'
import { temporaryFolder } from './test-databases.ts'
import { listUsers } from './users.ts'

async function open(url: string) {
  const db = await openDatabase({ url })
  cleanUp(() => db.destroy())
  return db
}

test.each(['file:', 'sqlite:', 'file://'])(
  '%sPATH is a file, made with its folder, and kept',
  async (scheme) => {
    const path = join(temporaryFolder(), 'not/yet/there.sqlite')
    const first = await openDatabase({ url: `${scheme}${path}` })
    await seed(first, { createdBy: 'desk' })
    await first.destroy()
    expect(existsSync(path)).toBe(true)
    expect(await listUsers(await open(`${scheme}${path}`), { limit: 500 })).toHaveLength(50)
  },
)

test('file::memory: is a database of its own each time', async () => {
  const one = await open('file::memory:')
  const two = await open('file::memory:')
  await seed(one, { createdBy: 'desk' })
  expect(await listUsers(two, { limit: 500 })).toEqual([])
  expect(existsSync(':memory:')).toBe(false)
})

test('writes ahead to a log, so that readers do not wait for a writer', async () => {
  const db = await open(`file:${join(temporaryFolder(), 'test.sqlite')}`)
  const { rows } = await sql`pragma journal_mode`.execute(db)
  expect(rows).toEqual([{ journal_mode: 'wal' }])
})

test.each([
  ['lies under a file', (folder: string) => writeFileSync(join(folder, 'in-the-way'), '')],
  ['is a folder', (folder: string) => mkdirSync(join(folder, 'in-the-way/test.sqlite'), { recursive: true })],
  ['is not a database', writeText],
])('says which file cannot be used when it %s', async (_, spoil) => {
  const folder = temporaryFolder()
  spoil(folder)
  await expect(openDatabase({ url: `file:${folder}/in-the-way/test.sqlite` })).rejects.toMatchObject({
    code: 'database_unavailable',
    message: expect.stringMatching(/^DATABASE_URL: cannot use the file .*test\.sqlite: \w/),
  })
})

test('says so when the tables are of a later version', async () => {
  const url = `file:${join(temporaryFolder(), 'test.sqlite')}`
  const db = await open(url)
  const later = { name: '9999_later', timestamp: new Date().toISOString() }
  await sql`insert into kysely_migration (name, timestamp) values (${later.name}, ${later.timestamp})`.execute(
    db,
  )
  await expect(openDatabase({ url })).rejects.toMatchObject({
    message: expect.stringContaining('9999_later'),
  })
})

test('is unavailable while its disk is full, and its answers are the same as before', async () => {
  const db = await open(`file:${join(temporaryFolder(), 'test.sqlite')}`)
  await seed(db, { createdBy: 'desk' })
  await sql`pragma max_page_count = 1`.execute(db)
  const large = { userId: 'u-001', item: 'x'.repeat(100_000), quantity: 1 }
  const order = () => createOrder(db, large, { createdBy: 'desk', requestId: 'r', idempotencyKey: 'key' })
  expect(isUnavailable(await order().catch((error) => error))).toBe(true)
  await ping(db)
  await sql`pragma max_page_count = 100000`.execute(db)
  await expect(order()).resolves.toMatchObject({ userId: 'u-001' })
})

test('is unavailable when a write fails and SQLite has rolled back by itself', async () => {
  const script = `
    const { openDatabase } = await import('./open.ts')
    const { isUnavailable } = await import('./error-codes.ts')
    const db = await openDatabase({ url: process.env.DATABASE_URL })
    const user = (id) => ({ id, name: 'x'.repeat(500_000), email: id })
    const write = (id) => db.transaction().execute((t) => t.insertInto('users').values(user(id)).execute())
    const error = await write('one').catch((error) => error)
    console.log(isUnavailable(error), error.message)`
  // A limit on file sizes (KiB) is the nearest to a full disk that needs no disk of its own.
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
