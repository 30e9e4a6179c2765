import { join } from 'node:path'
import { startTcpProxy } from '@signet/testing/tcp-proxy'
import { WITHIN } from '@signet/testing/wait'
import { sql } from 'kysely'
import pg from 'pg'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { startApi } from '../../test/api.ts'
import { describePostgres, holdLock, temporaryFolder } from '../../test/databases.ts'
import { DatabaseError, isForeignKeyViolation, isLocked, isUnavailable } from './errors.ts'

/** SQLSTATE (PostgreSQL manual, appendix A): one code of each class, and each code of its own. */
const SQLSTATES: Record<string, boolean> = {
  '08006': true,
  '40001': true,
  '40P01': true,
  '53300': true,
  '57014': true,
  '57P01': true,
  '58030': true,
  '25006': true,
  '55P03': true,
  '55000': false,
  '25001': false,
  '22P02': false,
  '23503': false,
  '23505': false,
  '42P01': false,
  XX000: false,
  // The digits of a temporary class at another place.
  '22008': false,
  '42P08': false,
}

test.each(Object.entries(SQLSTATES))('SQLSTATE %s: 503 is %s', (code, expected) => {
  expect(isUnavailable(Object.assign(new pg.DatabaseError('', 0, 'error'), { code }))).toBe(expected)
})

test('of the 28 primary result codes of SQLite, those of a temporary error are 503, with extended codes too', () => {
  const codes = Array.from({ length: 29 }, (_, code) => code)
  const temporary = (extension: number) =>
    codes.filter((code) => isUnavailable(Object.assign(new Error(), { errcode: extension + code })))

  // https://sqlite.org/rescode.html: BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN, PROTOCOL.
  expect([temporary(0), temporary(0x200)]).toEqual([
    [5, 6, 8, 10, 13, 14, 15],
    [5, 6, 8, 10, 13, 14, 15],
  ])
  const locked = codes.filter((errcode) => isLocked(Object.assign(new Error(), { errcode })))
  expect(locked).toEqual([5, 6])
})

test.each([
  ['database_unavailable', true],
  ['database_unsuitable', false],
  ['database_url_invalid', false],
] as const)('our own %s: 503 is %s', (code, expected) => {
  expect(isUnavailable(new DatabaseError(code, 'No.'))).toBe(expected)
})

test.each([
  undefined,
  null,
  'busy',
  { errcode: 5 },
  Object.assign(new Error(), { errcode: '5' }),
  new pg.DatabaseError('', 0, 'error'),
])('something else that was thrown is not 503: %o', (thrown) => {
  expect(isUnavailable(thrown)).toBe(false)
})

test('only a row that refers to no row is a violation of a foreign key', () => {
  const sqlite = [787, 19, 1555, 2067, 275].map((errcode) => Object.assign(new Error(), { errcode }))
  const postgres = ['23503', '23505', '23502', '23514'].map((code) =>
    Object.assign(new pg.DatabaseError('', 0, 'error'), { code }),
  )

  expect(sqlite.filter(isForeignKeyViolation)).toEqual([sqlite[0]])
  expect(postgres.filter(isForeignKeyViolation)).toEqual([postgres[0]])
})

const ORDER = { userId: 'u-001', item: 'Desk lamp', quantity: 1 }

test('a write that the database cannot do now is 503, with the reason in the log only', async () => {
  const { call, db, lines } = await startApi()
  await sql`pragma query_only = 1`.execute(db)

  const refused = await call('/orders', { body: ORDER })
  const read = await call('/orders')

  expect([refused.status, refused.body.code]).toEqual([503, 'unavailable'])
  expect(refused.headers['retry-after']).toBe('1')
  expect(refused.text).not.toMatch(/sqlite|readonly|insert/i)
  expect(read.status).toBe(200)
  await vi.waitFor(
    () =>
      expect(lines).toContainEqual(
        expect.objectContaining({
          status: 503,
          reason: expect.stringMatching(/^database: \w/),
          level: 'warn',
        }),
      ),
    WITHIN,
  )
  expect(lines).not.toContainEqual(expect.objectContaining({ msg: 'unexpected error' }))
})

test('another error of the database is an internal error', async () => {
  const { call, db } = await startApi()
  await sql`drop table orders`.execute(db)

  expect((await call('/orders')).status).toBe(500)
})

test('with a closed database the service is alive, but not ready', async () => {
  const { call, db } = await startApi()
  const before = await call('/readyz', { as: null })
  await db.destroy()

  const ready = await call('/readyz', { as: null })
  const alive = await call('/healthz', { as: null })

  expect(before.status).toBe(200)
  expect([ready.status, ready.headers['retry-after']]).toEqual([503, '1'])
  expect(ready.body).toMatchObject({ code: 'unavailable', checks: ['database'] })
  expect([alive.status, alive.body]).toEqual([200, { status: 'ok' }])
})

describe('while another process holds the lock of the SQLite file', () => {
  const start = async (lockTimeout: number) => {
    const path = join(temporaryFolder(), 'test.sqlite')
    const { call } = await startApi({ databaseUrl: `file:${path}`, lockTimeout })
    return { call, lock: await holdLock(path) }
  }
  const OPEN = ['/healthz', '/readyz', '/users', '/users/u-001', '/orders', '/whoami']

  test('only writes wait for it', async () => {
    const { call, lock } = await start(WITHIN.timeout)
    const done: string[] = []
    const writes = [1, 2, 3].map(async () => {
      const { status } = await call('/orders', { body: ORDER })
      done.push('write')
      return status
    })
    // All of them are answered before the lock is released, since this loop waits for them.
    for (const path of OPEN) expect((await call(path)).status).toBe(200)
    expect(done).toEqual([])

    await lock.release()

    expect(await Promise.all(writes)).toEqual([201, 201, 201])
  })

  test('a write that waits too long is 503 with Retry-After, and a write after the release succeeds', async () => {
    const { call, lock } = await start(100)

    const refused = await Promise.all([1, 2, 3].map(() => call('/orders', { body: ORDER })))

    for (const { status, body, headers } of refused)
      expect([status, body.code, headers['retry-after']]).toEqual([503, 'unavailable', '1'])
    await lock.release()
    expect((await call('/orders', { body: ORDER })).status).toBe(201)
  })
})

describePostgres('PostgreSQL', (create) => {
  test('is away: 503 and not ready, other routes work, and its return is noticed', async () => {
    const proxy = await startTcpProxy(new URL((await create()).url))
    onTestFinished(() => proxy.cut().catch(() => {}))
    const { call, lines } = await startApi({ databaseUrl: proxy.url.href })
    expect((await call('/users')).status).toBe(200)

    await proxy.cut()
    const away = [await call('/users'), await call('/users/u-001'), await call('/orders', { body: ORDER })]
    const ready = await call('/readyz', { as: null })

    expect(lines.filter(({ msg }) => msg === 'unexpected error')).toEqual([])
    for (const { status, body, headers, text } of away) {
      expect([status, body.code, headers['retry-after']]).toEqual([503, 'unavailable', '1'])
      expect(text).not.toMatch(/postgres|127\.0\.0\.1|ECONN|DATABASE_URL/)
    }
    expect([ready.status, ready.body]).toEqual([503, expect.objectContaining({ checks: ['database'] })])
    for (const path of ['/healthz', '/whoami', '/openapi.json', '/docs'])
      expect((await call(path)).status).toBe(200)

    await proxy.restore()
    expect((await call('/users')).status).toBe(200)
    expect((await call('/readyz', { as: null })).status).toBe(200)
  })
})
