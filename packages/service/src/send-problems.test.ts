import { gzipSync } from 'node:zlib'
import { WITHIN } from '@signet/testing/wait'
import express from 'express'
import { expect, test, vi } from 'vitest'
import { recordedLog } from '../test/recorded-log.ts'
import { serve } from '../test/serve.ts'
import { Problem } from './problem.ts'
import { logRequests } from './request-log.ts'
import { methodNotAllowed, notFound, sendProblems } from './send-problems.ts'

test('sends a problem as in RFC 9457, with its code, the request ID and additional members', async () => {
  const errors = [{ path: 'limit', message: 'is too large' }]
  const answer = await refusedWith(new Problem('invalid_request', { detail: 'Fix it.', errors }))

  expect(answer.status).toBe(400)
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(await answer.json()).toEqual({
    type: '/docs/errors.md#invalid_request',
    title: 'The request is not valid',
    status: 400,
    detail: 'Fix it.',
    code: 'invalid_request',
    requestId: answer.headers.get('x-request-id'),
    errors,
  })
})

test('sends status, title, headers and members of a refusal of another class, but not its reason', async () => {
  const headers = { 'WWW-Authenticate': 'Bearer error="insufficient_scope"' }
  const fields = {
    code: 'permission_denied',
    status: 403,
    title: 'A permission is missing',
    headers,
    members: { permission: 'users:read' },
    reason: 'internal',
  }
  const answer = await refusedWith(Object.assign(new Error('No.'), fields))

  expect(answer.status).toBe(403)
  expect(answer.headers.get('www-authenticate')).toBe('Bearer error="insufficient_scope"')
  const body = await answer.json()
  expect(body).toMatchObject({ title: 'A permission is missing', detail: 'No.', permission: 'users:read' })
  expect(JSON.stringify(body)).not.toContain('internal')
})

test('sends Retry-After: 1 with unavailable, unless the problem has another value', async () => {
  const usual = await refusedWith(new Problem('unavailable'))
  const longer = await refusedWith(new Problem('unavailable', { headers: { 'Retry-After': '30' } }))

  expect([usual.status, usual.headers.get('retry-after')]).toEqual([503, '1'])
  expect(longer.headers.get('retry-after')).toBe('30')
})

test.each([
  ['an unknown error', new Error('secret at /etc/secret')],
  [
    'the answer of another service',
    Object.assign(new Error('secret'), { status: 404, code: 'ERR_BAD_REQUEST' }),
  ],
  ['an error that has only a code', Object.assign(new Error('secret'), { code: 'not_found' })],
  ['a server error of Express', Object.assign(new Error('secret'), { status: 500, expose: true })],
  ['a thrown string', 'secret'],
])('hides the details of %s from the caller, and logs them', async (_, error) => {
  const { log, lines, text } = recordedLog()

  const answer = await refusedWith(error, log)

  const body = await answer.text()
  expect(answer.status).toBe(500)
  expect(body).toContain('internal_error')
  expect(body).not.toMatch(/secret|at |stack/)
  const { requestId } = JSON.parse(body)
  expect(lines).toContainEqual(expect.objectContaining({ level: 'error', requestId }))
  expect(text()).toContain('secret')
})

test.each(['toString', 'constructor', '__proto__'])(
  'gives an error of the request whose type is %s no other text than the title',
  async (type) => {
    const answer = await refusedWith(Object.assign(new Error('secret'), { status: 400, expose: true, type }))

    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({
      code: 'invalid_request',
      detail: 'The request is not valid.',
    })
  },
)

test('does not log a refusal as an unexpected error', async () => {
  const { log, lines } = recordedLog()

  await refusedWith(new Problem('not_found'), log)

  await vi.waitFor(() => expect(lines).toHaveLength(1), WITHIN)
  expect(lines[0]).toMatchObject({ msg: 'request', code: 'not_found' })
})

test('answers an unknown path with 404, and an unknown method of a path with 405 and Allow', async () => {
  const { origin } = await serveApp()

  const lost = await fetch(`${origin}/lost`)
  const refused = await fetch(`${origin}/users/1`, { method: 'DELETE' })

  expect(lost.status).toBe(404)
  expect(await lost.json()).toMatchObject({ code: 'not_found' })
  expect(refused.status).toBe(405)
  expect(await refused.json()).toMatchObject({ code: 'method_not_allowed' })
  expect(refused.headers.get('allow')).toBe('GET, HEAD')
})

test('closes the connection if an error occurs while an answer is sent, and logs the error', async () => {
  const { log, text } = recordedLog()
  const { origin } = await serveApp(log)

  const answered = fetch(`${origin}/half`).then((answer) => answer.text())

  await expect(answered).rejects.toThrow()
  expect(text()).toContain('broke half-way')
})

test('gives a problem a request ID without a request log', async () => {
  const app = express()
  app.use(notFound(), sendProblems({ log: recordedLog().log }))
  const { origin } = await serve(app)

  const answer = await fetch(origin)

  const requestId = answer.headers.get('x-request-id')
  expect(requestId).toMatch(/^[0-9a-f-]{36}$/)
  expect(await answer.json()).toMatchObject({ requestId })
})

const JSON_TYPE = { 'content-type': 'application/json' }
test.each([
  [
    'JSON that does not parse',
    { body: '{"a":', headers: JSON_TYPE },
    400,
    'invalid_request',
    /not valid JSON/,
  ],
  [
    'a body that is too large',
    { body: 'x'.repeat(300), headers: JSON_TYPE },
    413,
    'body_too_large',
    /too large/,
  ],
  [
    'an unknown charset',
    { body: '{}', headers: { 'content-type': 'application/json; charset=koi9' } },
    415,
    'unsupported_media_type',
    /UTF-8/,
  ],
  [
    'an unknown content encoding',
    { body: '{}', headers: { ...JSON_TYPE, 'content-encoding': 'lzma' } },
    415,
    'unsupported_media_type',
    /without Content-Encoding/,
  ],
  [
    'gzip that is cut off',
    { body: gzipSync('{}').subarray(0, 12), headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } },
    400,
    'invalid_request',
    /not valid/,
  ],
  [
    'a form that is nested too deeply',
    { body: `a${'[a]'.repeat(40)}=1`, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    400,
    'invalid_request',
    /nested too deeply/,
  ],
])('answers %s', async (_, request, status, code, detail) => {
  const { origin } = await serveParsers()

  const answer = await fetch(`${origin}/echo`, { method: 'POST', ...request })

  expect(answer.status).toBe(status)
  expect(await answer.json()).toMatchObject({ code, detail: expect.stringMatching(detail) })
})

test('answers a path that cannot be decoded with 400, without repeating it', async () => {
  const { origin } = await serveParsers()

  const answer = await fetch(`${origin}/users/%ff`)

  expect(answer.status).toBe(400)
  const body = await answer.text()
  expect(body).toMatch(/invalid_request.*percent|percent.*invalid_request/)
  expect(body).not.toContain('%ff')
})

test('answers with 404 if a file does not exist, without its path', async () => {
  const { origin } = await serveParsers()

  const answer = await fetch(`${origin}/file`)

  expect(answer.status).toBe(404)
  const body = await answer.text()
  expect(JSON.parse(body)).toMatchObject({ code: 'not_found' })
  expect(body).not.toContain('nowhere')
})

async function refusedWith(error: unknown, log = recordedLog().log): Promise<Response> {
  const { origin } = await serveApp(log, error)
  return fetch(`${origin}/thrown`)
}

function serveApp(log = recordedLog().log, thrown?: unknown) {
  const app = express()
  app.use(logRequests(log))
  app.get('/thrown', () => {
    throw thrown
  })
  app.get('/half', (_req, res) => {
    res.write('half')
    throw new Error('broke half-way')
  })
  app.get('/users/:id', (_req, res) => void res.json({}))
  app.all('/users/:id', methodNotAllowed('GET', 'HEAD'))
  app.use(notFound(), sendProblems({ log }))
  return serve(app)
}

function serveParsers() {
  const app = express()
  app.get('/file', (_req, res) => res.sendFile('/nowhere/at/all'))
  app.get('/users/:id', (_req, res) => void res.json({}))
  app.post('/echo', express.json({ limit: 200 }), express.urlencoded({ extended: true }), (_req, res) => {
    res.json({})
  })
  app.use(sendProblems({ log: recordedLog().log }))
  return serve(app)
}
