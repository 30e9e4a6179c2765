import { createPrivateKey } from 'node:crypto'
import { signToken, REFUSALS as TOKEN_REFUSALS } from '@signet/auth'
import { PROBLEMS } from '@signet/service'
import { applicationOf } from '@signet/testing/application'
import type { Answer } from '@signet/testing/client'
import { startSystem } from '@signet/testing/system'
import { until } from '@signet/testing/until'
import { afterAll, expect, test } from 'vitest'
import { refusalsOf } from './refusals.ts'
import { readMarkdown } from './repository/markdown.ts'

const system = await startSystem({
  env: { api: { REQUIRE_AUDIENCE: 'true', RATE_LIMIT: '60', FAILURE_LIMIT: '50', TRUST_PROXY: '1' } },
})
afterAll(system.stop)
const REFUSALS = refusalsOf(system)
const { anchors } = readMarkdown('docs/errors.md')

test.each(Object.entries(REFUSALS))(
  '%s: the answer is a problem, which the documentation explains',
  async (code, provoke) => {
    const { status, headers, body } = await provoke()

    expect(body).toEqual({
      type: `/docs/errors.md#${code}`,
      title: expect.any(String),
      status,
      detail: expect.any(String),
      code,
      requestId: headers['x-request-id'],
      ...EXTRAS[code],
    })
    expect(status).toBe(STATUS[code])
    expect(headers).toMatchObject({ 'cache-control': 'no-store', ...HEADERS[status] })
    expect(headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(anchors).toContain(code)
  },
)

test('each code that a service can send is among these, and the status is that of the contract', () => {
  // The pages' own, about a call that failed, have a test of their own: outage.test.ts.
  const codes = Object.entries({ ...PROBLEMS, ...TOKEN_REFUSALS }).filter(
    ([code]) => !code.startsWith('api_'),
  )
  const statuses = Object.fromEntries(codes.map(([code, { status }]) => [code, status]))

  expect(statuses).toEqual(STATUS)
  expect(Object.keys(REFUSALS).sort()).toEqual(Object.keys(STATUS).sort())
})

test('who sends too many bad tokens gets 429, and a good token from the same address still gets through', async () => {
  const headers = { 'x-forwarded-for': '203.0.113.7' }

  const refused = await until(429, () => system.send('/users', { token: 'a.b.c', headers }))

  expect(refused).toMatchObject({ body: { code: 'rate_limited' }, headers: HEADERS[429] })
  const { appId, privateKey } = applicationOf(system, 'app-two')
  const token = signToken({ appId, privateKey: createPrivateKey(privateKey), audience: system.api.url })
  expect(await system.send('/users', { token, headers })).toMatchObject({ status: 200 })
})

test('a fault of ours is told with nothing but its request ID, under which the log has the rest', async () => {
  const { headers, body } = await (REFUSALS.internal_error as () => Promise<Answer>)()

  expect(JSON.stringify(body)).not.toMatch(/no such table|SQL|orders|\.ts/)
  const line = await system.api.logged(
    ({ requestId, level }) => requestId === headers['x-request-id'] && level === 'error',
  )
  expect(JSON.stringify(line)).toContain('no such table')
})

/** The table "Errors" of the architecture. */
const STATUS = Object.fromEntries(
  Object.entries({
    400: 'token_ambiguous invalid_request',
    401: `token_missing token_malformed algorithm_not_allowed token_expired token_not_yet_valid
      token_issued_in_future token_lifetime_too_long audience_mismatch audience_missing issuer_mismatch token_rejected`,
    403: 'permission_denied cross_site_request',
    404: 'not_found',
    405: 'method_not_allowed',
    413: 'body_too_large',
    415: 'unsupported_media_type',
    421: 'host_not_allowed',
    422: 'idempotency_key_reused',
    429: 'rate_limited',
    500: 'internal_error',
    503: 'unavailable',
  }).flatMap(([status, codes]) => codes.split(/\s+/).map((code) => [code, Number(status)])),
)

/** What they say beside the common members, and the headers that go with a status. */
const EXTRAS: Record<string, object> = {
  permission_denied: { permission: 'orders:read' },
  invalid_request: { errors: [{ path: 'limit', message: expect.any(String) }] },
}
const HEADERS: Record<number, object> = {
  401: { 'www-authenticate': expect.stringMatching(/^Bearer/) },
  403: {},
  405: { allow: 'GET, HEAD' },
  429: { 'retry-after': expect.stringMatching(/^\d+$/) },
  503: { 'retry-after': expect.stringMatching(/^\d+$/) },
}
