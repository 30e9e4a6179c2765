import { once } from 'node:events'
import { rename } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { WITHIN } from '@signet/testing/wait'
import { sql } from 'kysely'
import { describe, expect, test, vi } from 'vitest'
import { startApi } from '../test/api.ts'
import { CALLERS, type CallerName } from '../test/applications.ts'

const api = await startApi()
const { call } = api
const ORDER = { userId: 'u-001', item: 'Desk lamp', quantity: 1 }
const OPEN = ['/healthz', '/readyz', '/openapi.json', '/docs', '/docs/docs.js']
const CLOSED = ['/users', '/users/u-001', '/orders', '/orders/x', '/whoami']
const UNKNOWN = [
  '/nothing',
  '/metrics',
  '/healthz/x',
  '/docs/x',
  '/users/u-001/orders',
  '//users',
  '/favicon.ico',
]

describe('without a token', () => {
  test.each(OPEN)('%s is open', async (path) => {
    expect((await call(path, { as: null })).status).toBe(200)
  })

  test.each(OPEN)('%s takes only GET and HEAD, and says so', async (path) => {
    const refused = await call(path, { as: null, method: 'POST' })
    const head = await call(path, { as: null, method: 'HEAD' })

    expect([refused.status, refused.body.code]).toEqual([405, 'method_not_allowed'])
    expect(refused.headers.allow).toBe('GET, HEAD')
    expect([head.status, head.text]).toEqual([200, ''])
  })

  test('the address without a path redirects to the reference page, and takes only GET and HEAD', async () => {
    const [get, head, post] = await Promise.all(
      ['GET', 'HEAD', 'POST'].map((method) => call('/', { as: null, method })),
    )

    for (const answer of [get, head])
      expect([answer?.status, answer?.headers.location]).toEqual([302, '/docs'])
    expect([post?.status, post?.headers.allow]).toEqual([405, 'GET, HEAD'])
  })

  test.each([...CLOSED, ...UNKNOWN, '/users/%ff', '/HEALTHZ/../users'])('%s is closed', async (path) => {
    const { status, body, headers } = await call(path, { as: null })

    expect([status, body.code]).toEqual([401, 'token_missing'])
    expect(headers['www-authenticate']).toBe('Bearer')
  })

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is closed', async (method) => {
    expect((await call('/orders', { as: null, method })).status).toBe(401)
  })

  test('an open path in a query or after a semicolon opens nothing', async () => {
    expect((await call('/users?/healthz', { as: null })).status).toBe(401)
    expect((await call('/users;/healthz', { as: null })).status).toBe(401)
  })
})

describe('with a token', () => {
  test.each(UNKNOWN)('%s is not found', async (path) => {
    const { status, body } = await call(path)

    expect([status, body.code]).toEqual([404, 'not_found'])
  })

  test('no URL with the name of a key file returns a key', async () => {
    for (const place of ['', '/public-keys', '/secrets/api/public-keys', '/users/..%2fpublic-keys'])
      expect((await call(`${place}/${api.callers.ids.all}_public.pem`)).status).toBe(404)
  })

  test.each([
    ['/users', 'GET, HEAD'],
    ['/users/u-001', 'GET, HEAD'],
    ['/orders', 'GET, HEAD, POST'],
    ['/orders/x', 'GET, HEAD'],
    ['/whoami', 'GET, HEAD'],
  ])('%s takes only %s, and says so, whatever the permissions', async (path, allow) => {
    const methods = ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'POST']
    for (const method of methods.filter((method) => !allow.includes(method))) {
      const { status, body, headers } = await call(path, { as: 'none', method })
      expect([method, status, body.code, headers.allow]).toEqual([method, 405, 'method_not_allowed', allow])
    }
  })

  test.each(['/users', '/users/u-001', '/orders', '/whoami'])(
    'HEAD %s is GET without its body',
    async (path) => {
      const get = await call(path)
      const head = await call(path, { method: 'HEAD' })

      expect([head.status, head.text]).toEqual([200, ''])
      expect(head.headers['content-length']).toBe(get.headers['content-length'])
    },
  )

  test('it may be sent as a bearer token, but not together with another one', async () => {
    const authorization = `Bearer ${api.callers.sign('all', api.clock)}`

    const alone = await call('/whoami', { as: null, headers: { authorization } })
    const beside = await call('/whoami', { headers: { authorization } })

    expect(alone.status).toBe(200)
    expect([beside.status, beside.body.code]).toEqual([400, 'token_ambiguous'])
  })
})

const ROUTES: [method: string, path: string, permission: string, granted: CallerName[]][] = [
  ['GET', '/users', 'users:read', ['all', 'wildcard', 'users-reader']],
  ['GET', '/users/u-001', 'users:read', ['all', 'wildcard', 'users-reader']],
  ['GET', '/orders', 'orders:read', ['all', 'wildcard', 'orders-reader']],
  ['GET', '/orders/x', 'orders:read', ['all', 'wildcard', 'orders-reader']],
  ['POST', '/orders', 'orders:write', ['all', 'wildcard', 'orders-writer']],
]

describe.each(ROUTES)('%s %s', (method, path, permission, granted) => {
  const sent = { method, ...(method === 'POST' && { body: ORDER }) }

  test.each(CALLERS)(`needs ${permission} of %s`, async (as) => {
    const { status, body, headers } = await call(path, { ...sent, as })

    if (granted.includes(as)) return expect(status).toBeOneOf([200, 201, path === '/orders/x' && 404])
    expect([status, body]).toEqual([403, expect.objectContaining({ code: 'permission_denied', permission })])
    expect(headers['www-authenticate']).toBe(
      `Bearer error="insufficient_scope", error_description="permission_denied", scope="${permission}"`,
    )
  })

  test('is closed to a token whose scope leaves the permission out', async () => {
    const without = await call(path, { ...sent, scope: 'other:thing' })
    const within = await call(path, { ...sent, scope: permission })

    expect(without.status).toBe(403)
    expect(within.status).not.toBe(403)
  })
})

describe('the permission is checked', () => {
  test.each(['/users?limit=0', '/users/none', '/orders?limit=0', '/orders/none'])(
    'before %s is validated',
    async (path) => {
      expect((await call(path, { as: 'none' })).status).toBe(403)
    },
  )

  test.each([
    ['media type', { body: 'x', headers: { 'content-type': 'text/plain' } }],
    ['syntax', { body: '{', headers: { 'content-type': 'application/json' } }],
    ['size', { body: { ...ORDER, item: 'x'.repeat(20_000) } }],
    ['fields', { body: {} }],
    ['Idempotency-Key', { body: ORDER, headers: { 'idempotency-key': 'a b' } }],
  ])('before the %s of an order is validated', async (_, sent) => {
    expect((await call('/orders', { ...sent, as: 'users-reader' })).status).toBe(403)
  })
})

test.each([
  '/users?departmnt=Finance',
  '/users/u-001?departmnt=Finance',
  '/orders?departmnt=Finance',
  '/orders/x?departmnt=Finance',
])('%s is refused, and the unknown query parameter is named', async (path) => {
  const { status, body } = await call(path)

  expect([status, body.code]).toEqual([400, 'invalid_request'])
  expect(body.errors).toEqual([{ path: 'departmnt', message: 'is not known here' }])
})

test.each([
  [401, null],
  [403, 'users-reader'],
] as const)('answers %i before the body arrives', async (status, as) => {
  const headers = { 'content-type': 'application/json', 'content-length': 50 }
  const token = as && { 'x-token': api.callers.sign(as, api.clock) }
  const post = request({ port: api.port, path: '/orders', method: 'POST', headers: { ...headers, ...token } })
  post.flushHeaders()

  const [answer] = (await once(post, 'response')) as [IncomingMessage]

  post.on('error', () => {}).destroy()
  expect(answer.statusCode).toBe(status)
})

test.each(['http://[/users', 'http://a:99999999/users?limit=1', '//['])(
  'answers the target %s, which is not a valid URL, with a problem',
  async (path) => {
    for (const as of ['all', null] as const) {
      const { status, body, headers } = await call(path, { as })
      expect([status, body.code]).toEqual([400, 'invalid_request'])
      expect(headers['content-type']).toMatch(/^application\/problem\+json/)
    }
  },
)

test('logs a request with its caller, key and route, a refused one with the code, and no health check', async () => {
  const { call, lines, callers } = await startApi()

  await call('/healthz')
  const served = await call('/users?search=secret1', { headers: { 'x-request-id': 'mine-1' } })
  const refused = await call('/users', { token: 'x.y.z' })
  await vi.waitFor(() => expect(lines.length).toBeGreaterThanOrEqual(2), WITHIN)

  const { ids, keyId } = callers
  expect(lines).toEqual([
    expect.objectContaining({
      requestId: 'mine-1',
      caller: 'all',
      appId: ids.all,
      keyId,
      jti: expect.any(String),
      route: '/users',
      status: 200,
    }),
    expect.objectContaining({ requestId: refused.body.requestId, status: 401, code: 'token_malformed' }),
  ])
  expect(served.headers['x-request-id']).toBe('mine-1')
  expect(JSON.stringify(lines)).not.toMatch(/secret1|x\.y\.z/)
})

test('an internal error is 500 and gives the request ID only, with which the log has the details', async () => {
  const broken = await startApi()
  await sql`alter table users rename to gone`.execute(broken.db)

  const { status, body, text } = await broken.call('/users')

  expect(status).toBe(500)
  expect(Object.keys(body).sort()).toEqual(['code', 'detail', 'requestId', 'status', 'title', 'type'])
  expect(body.code).toBe('internal_error')
  expect(text).not.toMatch(/users|table|sqlite|select|\.ts|node_modules|\s+at /i)
  const logged = broken.lines.find(({ level }) => level === 'error')
  expect(logged).toMatchObject({
    requestId: body.requestId,
    err: { stack: expect.stringContaining('no such table') },
  })
})

test('a missing key folder is 503, and is used again when it is back', async () => {
  const lost = await startApi()
  const { keyFolder } = lost.callers
  await rename(keyFolder, `${keyFolder}-away`)

  const away = await lost.call('/whoami')
  await rename(`${keyFolder}-away`, keyFolder)
  lost.clock.advance(1_001)
  const back = await lost.call('/whoami')

  expect([away.status, away.body.code, away.headers['retry-after']]).toEqual([503, 'unavailable', '1'])
  expect(away.text).not.toContain('public-keys')
  expect(back.status).toBe(200)
})

test.each([
  ['all', ['users:read', 'orders:read', 'orders:write']],
  ['wildcard', ['*']],
  ['none', []],
] as const)('tells %s its ID, its permissions and its key, and nothing else', async (as, permissions) => {
  const { status, body } = await call('/whoami', { as })

  expect(status).toBe(200)
  expect(body).toEqual({ appId: api.callers.ids[as], name: as, permissions, keyId: api.callers.keyId })
})

test.each([
  ['all', 'users:read', ['users:read']],
  ['all', 'users:read users:write', ['users:read']],
  ['all', '', []],
  ['wildcard', 'orders:read', ['orders:read']],
] as const)('tells %s with the scope %j the remaining permissions', async (as, scope, permissions) => {
  expect((await call('/whoami', { as, scope })).body).toMatchObject({ permissions })
})
