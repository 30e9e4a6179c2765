import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import express, { type ErrorRequestHandler, type Request, type Response } from 'express'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { AuthError } from './errors.ts'
import { authenticate, requirePermission, sendRefusal } from './express.ts'
import { createClock, createForge, keyPair } from './testing.ts'
import { createVerifier } from './verify.ts'

const AUDIENCE = 'https://api.test'
const { keyId, publicKey } = keyPair()
const clock = createClock()
const forge = createForge({ appId: 'id-1', audience: AUDIENCE, now: clock.now })
const TOKEN = forge()

const verifyToken = createVerifier({
  applications: {
    find: (appId) => (appId === 'id-1' ? { appId, name: 'app-one', permissions: ['users:read'] } : undefined),
  },
  keyRing: { keysOf: () => [{ keyId, key: publicKey }] },
  audiences: [AUDIENCE],
  now: clock.now,
})

/** Tells an error as the application would see it. */
const tellErrors: ErrorRequestHandler = (error, _req, res, _next) => {
  const known = error instanceof AuthError
  res.status(known ? error.status : 500).json(known ? { code: error.code, check: error.check } : {})
}

/** Sends these very header lines to a real server and gives its answer. */
async function ask(lines: string[], { path = '/users', onError = tellErrors } = {}) {
  const app = express().disable('x-powered-by')
  app.get('/open', requirePermission('users:read'), (_req, res) => void res.json({}))
  app.use(authenticate(verifyToken))
  app.get('/users', requirePermission('users:read'), (req, res) => {
    res.json({ caller: req.caller, claims: req.claims })
  })
  app.get('/orders', requirePermission('orders:read'), (_req, res) => void res.json({}))
  app.use(onError)
  const server = createServer(app).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')

  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write([`GET ${path} HTTP/1.1`, 'host: api', 'connection: close', ...lines, '', ''].join('\r\n'))
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
  const [status = '', ...fields] = head.split('\r\n')
  const headers = Object.fromEntries(
    fields.map((field) => [field.split(': ')[0]?.toLowerCase(), field.split(': ')[1]]),
  )
  return { status: Number(status.split(' ')[1]), headers, body }
}

async function answerTo(lines: string[], path?: string): Promise<unknown> {
  const { status, body } = await ask(lines, path ? { path } : {})
  const { code, check, caller } = JSON.parse(body)
  return caller ? `${status} ${caller.name}` : `${status} ${code} ${check}`
}

describe('authenticate', () => {
  it('sets req.caller and req.claims', async () => {
    const { status, body } = await ask([`x-token: ${TOKEN}`])

    expect(status).toBe(200)
    expect(JSON.parse(body)).toEqual({
      caller: { appId: 'id-1', name: 'app-one', permissions: ['users:read'], keyId },
      claims: {
        appId: 'id-1',
        iss: 'id-1',
        aud: AUDIENCE,
        iat: Math.floor(clock.seconds()),
        exp: Math.floor(clock.seconds()) + 300,
      },
    })
  })

  it.each([
    ['in x-token', [`x-token: ${TOKEN}`]],
    ['in X-Token, since header names have no case', [`X-TOKEN: ${TOKEN}`]],
    ['as a Bearer', [`Authorization: Bearer ${TOKEN}`]],
    ['as a bearer', [`authorization: bearer ${TOKEN}`]],
    ['as a BEARER, behind several blanks', [`AUTHORIZATION: BEARER   ${TOKEN}`]],
    ['in x-token, beside the credentials of a proxy', [`x-token: ${TOKEN}`, 'authorization: Basic YTpi']],
    ['in x-token, beside a scheme that begins alike', [`x-token: ${TOKEN}`, 'authorization: Bearertoken x']],
  ])('takes a token %s', async (_, lines) => {
    expect(await answerTo(lines)).toBe('200 app-one')
  })

  it.each([
    ['nothing', []],
    ['an empty x-token', ['x-token:']],
    ['a blank x-token', ['x-token:   ']],
    ['an empty Bearer', ['authorization: Bearer']],
    ['a blank Bearer', ['authorization: Bearer   ']],
    ['an empty authorization', ['authorization:']],
    ['another scheme', [`authorization: Basic ${TOKEN}`]],
    ['no scheme', [`authorization: ${TOKEN}`]],
    ['another scheme with a Bearer in it', [`authorization: Basic Bearer ${TOKEN}`]],
    ['a cookie', [`cookie: x-token=${TOKEN}`]],
    ['another header', [`x-access-token: ${TOKEN}`]],
  ])('misses a token in %s', async (_, lines) => {
    expect(await answerTo(lines)).toBe('401 token_missing transport')
  })

  it('does not look at the query', async () => {
    expect(await answerTo([], `/users?x-token=${TOKEN}&access_token=${TOKEN}`)).toBe(
      '401 token_missing transport',
    )
  })

  it.each([
    ['x-token twice', [`x-token: ${TOKEN}`, `x-token: ${TOKEN}`]],
    ['x-token twice, in two spellings', [`x-token: ${TOKEN}`, `X-Token: ${TOKEN}`]],
    ['x-token twice, once empty', ['x-token:', `x-token: ${TOKEN}`]],
    ['authorization twice', [`authorization: Bearer ${TOKEN}`, `authorization: Bearer ${TOKEN}`]],
    [
      'authorization twice, once of another scheme',
      [`authorization: Bearer ${TOKEN}`, 'authorization: Basic YTpi'],
    ],
    [
      'authorization twice beside x-token',
      [`x-token: ${TOKEN}`, 'authorization: Basic YTpi', 'authorization: Basic YTpi'],
    ],
    ['both headers', [`x-token: ${TOKEN}`, `authorization: Bearer ${TOKEN}`]],
    ['both headers, one of them empty', [`x-token: ${TOKEN}`, 'authorization: Bearer']],
    ['both headers, the other one empty', ['x-token:', `authorization: Bearer ${TOKEN}`]],
  ])('refuses %s', async (_, lines) => {
    expect(await answerTo(lines)).toBe('400 token_ambiguous transport')
  })

  it('does not take two tokens in one header for one', async () => {
    expect(await answerTo([`x-token: ${TOKEN}, ${TOKEN}`])).toBe('401 token_malformed shape')
  })

  it('passes on what the verifier says', async () => {
    expect(await answerTo([`x-token: ${forge({ header: { alg: 'none' } })}`])).toBe(
      '401 algorithm_not_allowed algorithm',
    )
  })
})

describe('requirePermission', () => {
  it('refuses a caller without the permission', async () => {
    expect(await answerTo([`x-token: ${TOKEN}`], '/orders')).toBe('403 permission_denied permission')
  })

  it('refuses a token whose scope leaves out the permission', async () => {
    const token = forge({ payload: { scope: 'orders:read' } })

    expect(await answerTo([`x-token: ${token}`])).toBe('403 permission_denied permission')
  })

  it('refuses every request where authenticate was forgotten', async () => {
    expect(await answerTo([`x-token: ${TOKEN}`], '/open')).toBe('401 token_missing transport')
  })
})

describe('sendRefusal', () => {
  it('answers a refusal with its status, its challenge and a problem document', async () => {
    const { status, headers, body } = await ask([`x-token: ${TOKEN}`], {
      path: '/orders',
      onError: sendRefusal,
    })

    expect(status).toBe(403)
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json; charset=utf-8',
      'cache-control': 'no-store',
      'www-authenticate':
        'Bearer error="insufficient_scope", error_description="permission_denied", scope="orders:read"',
    })
    expect(JSON.parse(body)).toMatchObject({ status: 403, permission: 'orders:read' })
  })

  it('passes on an error that is not a refusal, and one after the answer began', () => {
    const next = vi.fn()
    const fault = new Error('not a refusal')
    const refusal = new AuthError('token_missing', 'transport')
    sendRefusal(fault, {} as Request, {} as Response, next)
    sendRefusal(refusal, {} as Request, { headersSent: true } as Response, next)

    expect(next.mock.calls).toEqual([[fault], [refusal]])
  })
})

describe('without an error handler of one’s own', () => {
  const passOn: ErrorRequestHandler = (error, _req, _res, next) => next(error)

  it('Express answers with status and challenge', async () => {
    const { status, headers } = await ask([], { onError: passOn })

    expect(status).toBe(401)
    expect(headers['www-authenticate']).toBe('Bearer')
  })

  it('Express names the permission that is lacking', async () => {
    const { status, headers } = await ask([`x-token: ${TOKEN}`], { path: '/orders', onError: passOn })

    expect(status).toBe(403)
    expect(headers['www-authenticate']).toBe(
      'Bearer error="insufficient_scope", error_description="permission_denied", scope="orders:read"',
    )
  })
})
