import { join } from 'node:path'
import { startTcpProxy } from '@signet/testing/tcp-proxy'
import { WITHIN } from '@signet/testing/wait'
import { sql } from 'kysely'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { startApi } from '../../test/api.ts'
import { describePostgres, holdLock, temporaryFolder } from '../../test/databases.ts'

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
