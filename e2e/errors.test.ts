import { createPrivateKey } from 'node:crypto'
import { mkdirSync, renameSync, rmdirSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { signToken, REFUSALS as TOKEN_REFUSALS } from '@signet/auth'
import { PROBLEMS } from '@signet/service'
import { type Answer, createClient, type Request } from '@signet/testing/http'
import { applicationOf, minimalToken, startSystem } from '@signet/testing/system'
import { until } from '@signet/testing/wait'
import jwt from 'jsonwebtoken'
import { afterAll, expect, test } from 'vitest'
import { readMarkdown } from './repository/markdown.ts'

const system = await startSystem({
  env: { api: { REQUIRE_AUDIENCE: 'true', RATE_LIMIT: '60', FAILURE_LIMIT: '50', TRUST_PROXY: '1' } },
})
afterAll(system.stop)
const appOne = applicationOf(system, 'app-one')
const appTwo = applicationOf(system, 'app-two')
const NOW = Math.floor(Date.now() / 1000)
const ORDER = { userId: 'u-001', item: 'Tea', quantity: 1 }

/** For each code, a request that is refused with this code. */
const REFUSALS: Record<string, () => Promise<Answer>> = {
  token_missing: () => system.send('/users'),
  token_ambiguous: () => system.send('/users', { headers: { 'x-token': [tokenOf(), tokenOf()] } }),
  token_malformed: () => system.send('/users', { token: 'a.b.c' }),
  algorithm_not_allowed: () => system.send('/users', { token: tokenOf({}, { algorithm: 'RS256' }) }),
  token_expired: () => system.send('/users', { token: tokenOf({ iat: NOW - 400, exp: NOW - 100 }) }),
  token_not_yet_valid: () => system.send('/users', { token: tokenOf({ nbf: NOW + 100 }) }),
  token_issued_in_future: () => system.send('/users', { token: tokenOf({ iat: NOW + 100, exp: NOW + 400 }) }),
  token_lifetime_too_long: () => system.send('/users', { token: tokenOf({ iat: NOW, exp: NOW + 301 }) }),
  issuer_mismatch: () => system.send('/users', { token: tokenOf({ iss: appOne.appId }) }),
  audience_mismatch: () => system.send('/users', { token: tokenOf({ aud: 'https://localhost:1' }) }),
  audience_missing: () => system.send('/users', { token: minimalToken(appTwo) }),
  token_rejected: () => system.send('/users', { token: tokenOf({ appId: 'nobody' }) }),
  permission_denied: () => system.send('/orders', { token: tokenOf({ scope: 'users:read' }) }),
  invalid_request: () => system.send('/users?limit=101', { token: tokenOf() }),
  not_found: () => system.send('/users/nobody', { token: tokenOf() }),
  method_not_allowed: () => system.send('/users', { method: 'DELETE', token: tokenOf() }),
  body_too_large: () => post({ ...ORDER, item: 'x'.repeat(20_000) }),
  unsupported_media_type: () => post(ORDER, { 'content-type': 'text/plain' }),
  idempotency_key_reused: async () => {
    await post(ORDER, { 'idempotency-key': 'first' })
    return post({ ...ORDER, quantity: 2 }, { 'idempotency-key': 'first' })
  },
  rate_limited: () => until(429, () => system.send('/whoami', { token: tokenOf({}, {}, appOne) })),
  internal_error: async () => {
    const database = new DatabaseSync(system.file('signet.sqlite'))
    database.exec('alter table orders rename to elsewhere')
    try {
      return await system.send('/orders', { token: tokenOf() })
    } finally {
      database.exec('alter table elsewhere rename to orders')
      database.close()
    }
  },
  unavailable: async () => {
    const file = system.secret('api/public-keys', `${appOne.appId}_public.pem`)
    renameSync(file, `${file}.away`)
    mkdirSync(file)
    try {
      return await until(503, () => system.send('/whoami', { token: tokenOf({}, {}, appOne) }))
    } finally {
      rmdirSync(file)
      renameSync(`${file}.away`, file)
    }
  },
  host_not_allowed: () =>
    createClient({ url: system.appOne.url })('/', {
      headers: { host: 'rebinding.example', accept: 'application/json' },
    }),
  cross_site_request: () =>
    createClient({ url: system.appTwo.url })('/orders', {
      method: 'POST',
      headers: { 'sec-fetch-site': 'cross-site', accept: 'application/json' },
    }),
}

const { anchors } = readMarkdown('docs/errors.md')

test.each(Object.entries(REFUSALS))(
  '%s: the answer is a problem that the documentation explains',
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
  // The codes of the pages, for a call that failed, are tested in outage.test.ts.
  const codes = Object.entries({ ...PROBLEMS, ...TOKEN_REFUSALS }).filter(
    ([code]) => !code.startsWith('api_'),
  )
  const statuses = Object.fromEntries(codes.map(([code, { status }]) => [code, status]))

  expect(statuses).toEqual(STATUS)
  expect(Object.keys(REFUSALS).sort()).toEqual(Object.keys(STATUS).sort())
})

test('a client that sends too many bad tokens gets 429, and a good token from the same address is still accepted', async () => {
  const headers = { 'x-forwarded-for': '203.0.113.7' }

  const refused = await until(429, () => system.send('/users', { token: 'a.b.c', headers }))

  expect(refused).toMatchObject({ body: { code: 'rate_limited' }, headers: HEADERS[429] })
  const privateKey = createPrivateKey(appTwo.privateKey)
  const token = signToken({ appId: appTwo.appId, privateKey, audience: system.api.url })
  expect(await system.send('/users', { token, headers })).toMatchObject({ status: 200 })
})

test('an internal error is answered with its request ID only, and the log has the details under that ID', async () => {
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

/** The members beside the common ones, and the headers that belong to a status. */
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

function post(order: object, headers: Request['headers'] = {}): Promise<Answer> {
  const all = { 'content-type': 'application/json', ...headers }
  return system.send('/orders', {
    method: 'POST',
    token: tokenOf(),
    headers: all,
    body: JSON.stringify(order),
  })
}

/** The minimal token of app-two with an audience, and with other claims and options. */
function tokenOf(claims: object = {}, options: jwt.SignOptions = {}, { appId, privateKey } = appTwo): string {
  const good = { appId, aud: system.api.url, iat: NOW, exp: NOW + 300 }
  return jwt.sign({ ...good, ...claims }, privateKey, { algorithm: 'RS512', ...options })
}
