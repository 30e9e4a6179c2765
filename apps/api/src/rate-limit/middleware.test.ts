import type { Request, Response } from 'express'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { describe, expect, test, vi } from 'vitest'
import { startApi } from '../../test/api.ts'
import { countedAddress, limitFailures } from './middleware.ts'

const BAD = { token: 'not.a.token' }

describe('the rate limit', () => {
  test('reports the remaining requests in each answer, and refuses requests above the limit', async () => {
    const { call } = await startApi({ rateLimit: 3 })

    const answers = [
      await call('/whoami'),
      await call('/users'),
      await call('/nothing'),
      await call('/users'),
    ]

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 429])
    expect(answers.map(({ headers }) => headers.ratelimit)).toEqual(
      [2, 1, 0, 0].map((left) =>
        expect.stringMatching(RegExp(`^"application";r=${left};t=([1-9]|[1-5]\\d|60)$`)),
      ),
    )
    for (const { headers } of answers) expect(headers['ratelimit-policy']).toBe('"application";q=3;w=60')
    expect(answers[3]?.body.code).toBe('rate_limited')
    expect(Number(answers[3]?.headers['retry-after'])).toBeOneOf(Array.from({ length: 60 }, (_, i) => i + 1))
    expect(answers[0]?.headers).not.toHaveProperty('retry-after')
  })

  test('counts each application separately, so that the flood of one does not affect another', async () => {
    const { call } = await startApi({ rateLimit: 2 })

    const flood = await Promise.all(Array.from({ length: 10 }, () => call('/whoami', { as: 'all' })))
    const other = await call('/whoami', { as: 'users-reader' })

    expect(flood.filter(({ status }) => status === 200)).toHaveLength(2)
    expect(other.headers.ratelimit).toMatch(/^"application";r=1;/)
    expect(other.status).toBe(200)
  })

  test('runs before the permission is checked and before the body is read', async () => {
    const { call } = await startApi({ rateLimit: 1 })
    const sent = { as: 'none', body: '{', headers: { 'content-type': 'application/json' } } as const

    const statuses = [(await call('/orders', sent)).status, (await call('/orders', sent)).status]

    expect(statuses).toEqual([403, 429])
  })

  test('does not count open routes, nor requests without a known caller', async () => {
    const { call } = await startApi({ rateLimit: 1 })

    for (const path of ['/healthz', '/readyz', '/openapi.json', '/docs']) await call(path)
    const refused = await call('/whoami', { as: null })
    const served = await call('/whoami')

    expect(refused.headers).not.toHaveProperty('ratelimit')
    expect(served.status).toBe(200)
  })
})

describe('the failure limit', () => {
  test('answers 429 in place of 401 after too many refused tokens from an address', async () => {
    const { call } = await startApi({ failureLimit: 2 })

    const answers = [
      await call('/users', BAD),
      await call('/nothing', { as: null }),
      await call('/users', BAD),
    ]

    expect(answers.map(({ body }) => body.code)).toEqual(['token_malformed', 'token_missing', 'rate_limited'])
    expect(answers[2]?.status).toBe(429)
    expect(answers[2]?.headers).toMatchObject({
      'ratelimit-policy': '"address";q=2;w=60',
      ratelimit: expect.stringMatching(/^"address";r=0;t=([1-9]|[1-5]\d|60)$/),
    })
    expect(answers[1]?.headers).not.toHaveProperty('ratelimit')
    expect(Number(answers[2]?.headers['retry-after'])).toBeOneOf(Array.from({ length: 60 }, (_, i) => i + 1))
  })

  test('never refuses a valid token because of bad tokens from the same address', async () => {
    const { call } = await startApi({ failureLimit: 1 })

    const flood = await Promise.all(Array.from({ length: 5 }, () => call('/users', BAD)))

    expect(flood.filter(({ status }) => status === 429)).toHaveLength(4)
    expect((await call('/users')).status).toBe(200)
    expect((await call('/nothing')).status).toBe(404)
    expect((await call('/users', { as: 'none' })).status).toBe(403)
  })

  test('counts refused tokens only', async () => {
    const { call } = await startApi({ failureLimit: 1 })
    const authorization = 'Bearer x.y.z'

    expect((await call('/users', { as: 'none' })).status).toBe(403)
    expect((await call('/users', { headers: { authorization } })).status).toBe(400)
    expect((await call('/nothing')).status).toBe(404)
    expect((await call('/users', BAD)).status).toBe(401)
  })

  test('uses the connection’s address if no proxy is trusted', async () => {
    const { call } = await startApi({ failureLimit: 1 })

    const one = await call('/nothing', { ...BAD, headers: { 'x-forwarded-for': '192.0.2.1' } })
    const two = await call('/nothing', { ...BAD, headers: { 'x-forwarded-for': '192.0.2.2' } })

    expect([one.status, two.status]).toEqual([401, 429])
  })

  test.each([1, 'loopback'])('uses the address that a trusted proxy adds: %s', async (trustProxy) => {
    const { call } = await startApi({ failureLimit: 1, trustProxy })
    const from = async (chain: string) =>
      (await call('/nothing', { ...BAD, headers: { 'x-forwarded-for': chain } })).status

    expect(await from('192.0.2.1')).toBe(401)
    expect(await from('192.0.2.2')).toBe(401)
    expect(await from('198.51.100.7, 192.0.2.2')).toBe(429)
    expect(await from('192.0.2.2:5678')).toBe(429)
    expect(await from('2001:db8::1')).toBe(401)
    expect(await from('[2001:db8::2]:443')).toBe(429)
  })

  test.each([1, 'loopback'])(
    'uses the connection’s address if a trusted proxy adds no address: %s',
    async (trustProxy) => {
      const { call } = await startApi({ failureLimit: 1, trustProxy })
      const from = async (chain: string) =>
        (await call('/nothing', { ...BAD, headers: { 'x-forwarded-for': chain } })).status

      expect([await from('unknown'), await from('secret'), await from('127.0.0.1')]).toEqual([401, 429, 429])
    },
  )

  test('skips a trusted proxy whose address has a port', async () => {
    const { call } = await startApi({ failureLimit: 1, trustProxy: 'loopback, 10.0.0.0/8' })
    const from = async (chain: string) =>
      (await call('/nothing', { ...BAD, headers: { 'x-forwarded-for': chain } })).status

    expect([await from('192.0.2.1, 10.0.0.1:80'), await from('192.0.2.2, [::ffff:10.0.0.1]:81')]).toEqual([
      401, 401,
    ])
    expect(await from('192.0.2.1, 10.0.0.2:82')).toBe(429)
  })
})

test('Retry-After is at least one second', async () => {
  const store = new RateLimiterMemory({ points: 1, duration: 60 })
  store.consume = () => Promise.reject(new RateLimiterRes(0, 0, 2, false))
  const next = vi.fn()

  await limitFailures(store)(
    { status: 401 },
    { ip: '192.0.2.1' } as Request,
    { set: () => {} } as unknown as Response,
    next,
  )

  expect(next).toHaveBeenCalledWith(expect.objectContaining({ headers: { 'Retry-After': '1' } }))
})

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['192.0.2.1:5678', '192.0.2.1'],
  ['[192.0.2.1]:5678', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:c000:0201', '192.0.2.1'],
  ['[::ffff:192.0.2.1]:443', '192.0.2.1'],
  ['::1', '0:0:0:0::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['[2001:db8::1]', '2001:db8:0:0::/64'],
  ['[2001:db8::2]:443', '2001:db8:0:0::/64'],
  ['2001:DB8:0:00:a:b:c:d', '2001:db8:0:0::/64'],
  ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
  ['2001::1:2:3:4:5:6', '2001:0:1:2::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('%s is counted as %s', (text, address) => {
  expect(countedAddress(text)).toBe(address)
})

test.each([
  ...['', 'unknown', '_hidden', '1.2.3', '01.2.3.4', '1.2.3.4:', '1.2.3.4:x', '1.2.3.4:5:6', '256.1.1.1:1'],
  ...['[]', '[::1', '[::1]:', '[::1]x', '[1.2.3.4:5]', '::1::2', '1'.repeat(10_000), undefined],
])('%j is not an address', (text) => {
  expect(countedAddress(text)).toBeUndefined()
})
