import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { createClient } from '@redis/client'
import { startTcpProxy } from '@signet/testing/tcp-proxy'
import { WITHIN } from '@signet/testing/wait'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { recordLog, startApi } from '../../test/api.ts'
import { openRateLimitStores, type RateLimitStores } from './stores.ts'

const REDIS = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379'
const absence = await absenceOf(REDIS)
if (absence && process.env.CI === 'true') throw new Error(`The tests need Redis at ${REDIS}: ${absence}`)
if (absence) console.warn(`Tests on Redis are skipped: nothing usable at ${REDIS}: ${absence}`)

test('without a REDIS_URL the limits are counted in memory', async () => {
  const stores = await open({ rateLimit: 1, redisUrl: undefined })

  await stores.rate.consume('a')

  await expect(stores.rate.consume('a')).rejects.toMatchObject({ remainingPoints: 0 })
  await expect(stores.rate.consume('b')).resolves.toMatchObject({ remainingPoints: 0 })
  await expect(stores.failures.consume('a')).resolves.toMatchObject({ consumedPoints: 1 })
})

describe.skipIf(absence)('with Redis', () => {
  test('two processes share the limit of an application', async () => {
    const one = await startApi({ redisUrl: REDIS, rateLimit: 4 })
    const two = await startApi({ redisUrl: REDIS, rateLimit: 4, callers: one.callers })
    await untilSeen(one.callers.ids['orders-reader'], () => one.call('/whoami', { as: 'orders-reader' }))
    await untilSeen(two.callers.ids['orders-writer'], () => two.call('/whoami', { as: 'orders-writer' }))

    const left = []
    for (const { call } of [one, two, one, two, one]) left.push((await call('/whoami')).headers.ratelimit)

    expect(left.map((header) => /r=\d+/.exec(String(header))?.[0])).toEqual([
      'r=3',
      'r=2',
      'r=1',
      'r=0',
      'r=0',
    ])
    expect((await two.call('/whoami')).status).toBe(429)
    expect((await two.call('/whoami', { as: 'users-reader' })).status).toBe(200)
  })

  test('two processes share the limit of refused tokens, which is separate from the rate limit', async () => {
    const [one, two] = [
      await open({ redisUrl: REDIS, failureLimit: 1 }),
      await open({ redisUrl: REDIS, failureLimit: 1 }),
    ]
    const key = randomBytes(8).toString('hex')
    await ready(one, two)

    await one.failures.consume(key)

    await expect(two.failures.consume(key)).rejects.toMatchObject({ consumedPoints: 2 })
    await expect(two.rate.consume(key)).resolves.toMatchObject({ consumedPoints: 1 })
  })

  test('a count ends after a minute', async () => {
    const stores = await open({ redisUrl: REDIS })
    await ready(stores)

    const key = randomBytes(8).toString('hex')
    for (const { msBeforeNext } of [await stores.rate.consume(key), await stores.failures.consume(key)]) {
      expect(msBeforeNext).toBeGreaterThan(50_000)
      expect(msBeforeNext).toBeLessThanOrEqual(60_000)
    }
  })

  test('nothing is counted there after the stores are closed', async () => {
    const { log } = recordLog()
    const stores = await openRateLimitStores({ rateLimit: 10, failureLimit: 10, redisUrl: REDIS, log })
    const key = randomBytes(8).toString('hex')
    await ready(stores)

    stores.close()
    await stores.rate.consume(key)

    const client = await createClient({ url: REDIS }).connect()
    onTestFinished(() => client.destroy())
    expect(await client.exists(`signet:rate:${key}`)).toBe(0)
  })

  test('memory counts while Redis is away, Redis counts when it is back, and each change is logged once', async () => {
    const proxy = await startTcpProxy(new URL(REDIS))
    onTestFinished(() => proxy.cut())
    const { log, lines } = recordLog()
    const stores = await open({ redisUrl: proxy.url.href, log })
    const key = randomBytes(8).toString('hex')
    await ready(stores)
    await stores.rate.consume(key)
    lines.length = 0

    await proxy.cut()
    expect(await stores.rate.consume(key)).toMatchObject({ consumedPoints: 1 })
    await vi.waitFor(() => expect(lines).toHaveLength(1), WITHIN)

    await proxy.restore()
    await ready(stores)
    expect(await stores.rate.consume(key)).toMatchObject({ consumedPoints: 2 })
    expect(lines).toMatchObject([
      { level: 'warn', msg: 'Redis is away: each process counts rate limits for itself' },
      { level: 'info', msg: 'Redis is back' },
    ])
  })
})

describe.skipIf(absence)('a Redis that stops answering', () => {
  test('is given half a second, then memory counts, and this is logged once', async () => {
    const proxy = await startTcpProxy(new URL(REDIS))
    onTestFinished(() => proxy.cut())
    const { log, lines } = recordLog()
    const stores = await open({ redisUrl: proxy.url.href, log })
    const key = randomBytes(8).toString('hex')
    await ready(stores)
    lines.length = 0

    proxy.silence()
    const states = await Promise.all([stores.rate.consume(key), stores.rate.consume(key)])

    expect(states.map(({ consumedPoints }) => consumedPoints)).toEqual([1, 2])
    expect(lines).toMatchObject([
      { level: 'warn', msg: 'Redis is away: each process counts rate limits for itself' },
    ])
  })

  test('lets at most a thousand requests wait', async () => {
    const proxy = await startTcpProxy(new URL(REDIS))
    onTestFinished(() => proxy.cut())
    const stores = await open({ redisUrl: proxy.url.href, rateLimit: 2_000 })
    await ready(stores)

    proxy.silence()
    const waiting = Array.from({ length: 1_000 }, () => stores.rate.consume('a'))
    const next = stores.rate.consume('a').then(() => 'the next one')

    expect(await Promise.race([next, ...waiting])).toBe('the next one')
    await Promise.all(waiting)
  })
})

describe('while Redis is away', () => {
  test('no request waits for it', async () => {
    const redisUrl = `redis://127.0.0.1:${await refusingPort()}`
    const stores = await open({ redisUrl, rateLimit: 2000 })

    // If each request waited half a second for Redis, this would exceed the time limit of a test.
    for (let count = 1; count <= 1000; count++) await stores.rate.consume('a')
  })

  test.each([
    ['refuses connections', refusingPort],
    ['accepts them and never answers', silentPort],
  ])('and %s, requests are served and limited', async (_, openPort) => {
    const redisUrl = `redis://127.0.0.1:${await openPort()}`
    const { call } = await startApi({ redisUrl, rateLimit: 2, failureLimit: 1 })

    const served = [await call('/whoami'), await call('/whoami'), await call('/whoami')]
    const refused = [await call('/whoami', { token: 'x' }), await call('/whoami', { token: 'x' })]

    expect(served.map(({ status }) => status)).toEqual([200, 200, 429])
    expect(refused.map(({ status }) => status)).toEqual([401, 429])
  })

  test('the log says so once, however often it reconnects', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { log, lines } = recordLog()
    await open({ redisUrl: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`, log })

    for (const _ of [1, 2, 3]) await once(server, 'connection')

    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ level: 'warn', err: { stack: expect.any(String) } })
  })
})

type Options = Partial<Parameters<typeof openRateLimitStores>[0]>

async function open(options: Options) {
  const { log } = recordLog()
  const stores = await openRateLimitStores({
    rateLimit: 10,
    failureLimit: 10,
    redisUrl: undefined,
    log,
    ...options,
  })
  onTestFinished(() => stores.close())
  return stores
}

/** Resolves when these stores are connected to Redis and count in it. */
async function ready(...stores: RateLimitStores[]): Promise<void> {
  for (const { rate } of stores) await untilSeen(randomBytes(8).toString('hex'), (key) => rate.consume(key))
}

/** Repeats `count` until Redis has the key. */
async function untilSeen(key: string, count: (key: string) => Promise<unknown>): Promise<void> {
  const client = await createClient({ url: REDIS }).connect()
  onTestFinished(() => client.destroy())
  await vi.waitFor(async () => {
    await count(key)
    expect(await client.exists(`signet:rate:${key}`)).toBe(1)
  }, WITHIN)
}

async function absenceOf(url: string): Promise<string | undefined> {
  const client = createClient({ url, socket: { reconnectStrategy: false } }).on('error', () => {})
  try {
    await client.connect()
    client.destroy()
    return undefined
  } catch (error) {
    return String(error)
  }
}

/** A port on which nothing listens. */
async function refusingPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

/** A port that accepts connections and never sends a byte. */
async function silentPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
