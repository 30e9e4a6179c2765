import { Agent } from 'node:https'
import { attachTokens } from '@signet/auth/axios'
import { requirePermission } from '@signet/auth/express'
import { Problem } from '@signet/service'
import { selfSigned } from '@signet/testing/certificates'
import axios from 'axios'
import { Router } from 'express'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { call, nextPage } from './call.ts'
import type { PageContext } from './context.ts'
import { startApi, type TestApi } from './testing.ts'

let api: TestApi

beforeAll(async () => {
  const routes = Router()
  routes.get(
    '/things',
    (_request, response) => void response.set('Link', '</things?after=b>; rel="next"').json(['a', 'b']),
  )
  routes.get(
    '/echo',
    (request, response) => void response.json([request.get('x-request-id'), request.get('traceparent')]),
  )
  routes.get('/secret', requirePermission('secrets:read'), (_request, response) => void response.json([]))
  api = await startApi({ routes, permissions: ['things:read'] })
})
afterEach(() => api.answerWith(undefined))
afterAll(() => api.close())

const newContext = (): PageContext => ({
  requestId: 'request-1',
  trace: { id: 'a'.repeat(32), flags: '01' },
  receipts: [],
})

function clientOf({ ca = api.ca, timeout = 5000, baseURL = api.url } = {}) {
  const client = axios.create({ baseURL, timeout, httpsAgent: new Agent({ ca }) })
  attachTokens(client, api.tokens)
  return client
}

function get(path: string, { client = clientOf(), on = newContext() } = {}) {
  return call(client, on, { path, answer: z.array(z.string()) })
}

describe('a call that succeeds', () => {
  it('returns the data and where the next page begins', async () => {
    expect(await get('/things')).toEqual({ data: ['a', 'b'], next: 'b' })
  })

  it('sends the request ID and the trace of the page', async () => {
    const traceparent = expect.stringMatching(/^00-a{32}-[0-9a-f]{16}-01$/)
    expect((await get('/echo')).data).toEqual(['request-1', traceparent])
  })

  it('leaves a receipt: who signed, what the API answered, how long it took', async () => {
    const on = newContext()
    await get('/things', { on })
    expect(on.receipts).toMatchObject([
      {
        call: 'GET /things',
        signed: { header: { alg: 'RS512' }, claims: { appId: api.tokens.appId, aud: api.url } },
        answer: { status: 200, caller: 'app-test', requestId: 'request-1', rateLimitLeft: 41 },
        took: { api: 0.5 },
      },
    ])
    expect(on.receipts[0]?.took.roundTrip).toBeGreaterThan(0)
  })

  it('says whether the token was reused', async () => {
    const on = newContext()
    await get('/things', { on })
    await get('/things', { on })
    expect(on.receipts[1]?.signed?.reused).toBe(true)
  })

  it('never puts the token or its signature into the receipt', async () => {
    const on = newContext()
    await get('/things', { on })
    const [, , signature = 'none'] = api.tokens.issue().token.split('.')
    expect(JSON.stringify(on)).not.toContain(signature)
    expect(signature.length).toBeGreaterThan(300)
  })
})

describe('a call that fails', () => {
  it.each([
    [401, 'token_rejected', 'api_refused', 502],
    [403, 'permission_denied', 'api_refused', 502],
    [400, 'token_ambiguous', 'api_refused', 502],
    [429, 'rate_limited', 'unavailable', 503],
    [503, 'unavailable', 'unavailable', 503],
    [500, 'internal_error', 'api_failed', 502],
    [405, 'method_not_allowed', 'api_failed', 502],
  ])('if the API answers %i %s, becomes %s, %i', async (status, apiCode, code, ownStatus) => {
    api.answerWith((_request, response) => void response.status(status).json({ code: apiCode }))
    await expect(get('/things')).rejects.toMatchObject({ code, status: ownStatus, members: { apiCode } })
  })

  it('names the permission that the API requires', async () => {
    await expect(get('/secret')).rejects.toMatchObject({
      code: 'api_refused',
      members: { permission: 'secrets:read' },
    })
  })

  it('passes on the Retry-After of the API if that is a number of seconds', async () => {
    api.answerWith((_request, response) => void response.status(429).set('Retry-After', '37').json({}))
    await expect(get('/things')).rejects.toMatchObject({ headers: { 'Retry-After': '37' } })
    api.answerWith((_request, response) => void response.status(503).set('Retry-After', 'a while').json({}))
    await expect(get('/things')).rejects.toMatchObject({ headers: { 'Retry-After': '5' } })
  })

  it('stays the same problem if the visitor can correct it', async () => {
    const errors = [{ path: 'after', message: 'is no ID' }]
    api.answerWith(
      (_request, response) => void response.status(400).json({ code: 'invalid_request', errors }),
    )
    await expect(get('/things')).rejects.toMatchObject({
      code: 'invalid_request',
      status: 400,
      members: { errors },
    })
    api.answerWith(undefined)
    await expect(get('/nothing')).rejects.toThrow(Problem)
    await expect(get('/nothing')).rejects.toMatchObject({ code: 'not_found' })
  })

  it.each([
    ['HTML', '<h1>Hello</h1>'],
    ['another shape', { not: 'a list' }],
  ])('is api_failed if the answer is %s', async (_what, body) => {
    api.answerWith((_request, response) => void response.send(body))
    await expect(get('/things')).rejects.toMatchObject({ code: 'api_failed', status: 502 })
  })

  it('is api_failed if the API redirects to another server', async () => {
    api.answerWith((_request, response) => response.redirect('https://elsewhere.example/'))
    await expect(get('/things')).rejects.toMatchObject({ code: 'api_failed' })
  })

  it('is api_unreachable if no server listens, and if the connection breaks', async () => {
    const gone = clientOf({ baseURL: 'https://localhost:1' })
    await expect(get('/things', { client: gone })).rejects.toMatchObject({
      code: 'api_unreachable',
      status: 502,
    })
    api.answerWith((request) => request.socket.destroy())
    await expect(get('/things')).rejects.toMatchObject({ code: 'api_unreachable' })
  })

  it('is api_not_trusted if the certificate is not from the configured CA', async () => {
    const { cert } = await selfSigned()
    const client = clientOf({ ca: cert })
    await expect(get('/things', { client })).rejects.toMatchObject({ code: 'api_not_trusted', status: 502 })
  })

  it('is api_timeout if the API does not answer, and if it answers too slowly', async () => {
    const client = clientOf({ timeout: 100 })
    api.answerWith(() => {})
    await expect(get('/things', { client })).rejects.toMatchObject({ code: 'api_timeout', status: 504 })
    api.answerWith((_request, response) => {
      const drip = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(drip))
    })
    await expect(get('/things', { client })).rejects.toMatchObject({ code: 'api_timeout' })
  })

  it('leaves a receipt', async () => {
    const on = newContext()
    await get('/secret', { on }).catch(() => {})
    await get('/things', { on, client: clientOf({ ca: (await selfSigned()).cert }) }).catch(() => {})
    expect(on.receipts).toMatchObject([
      { call: 'GET /secret', signed: { header: {} }, answer: { status: 403 } },
      { call: 'GET /things', signed: { header: {} } },
    ])
    expect(on.receipts[1]).not.toHaveProperty('answer')
  })
})

it.each([
  ['</users?limit=20&after=u-020>; rel="next"', 'u-020'],
  ['<https://localhost:3000/users?after=a%20b>; rel=next', 'a b'],
  ['</users>; rel="prev", </users?after=z>; rel="next"', 'z'],
])('finds the next page in %s', (link, after) => {
  expect(nextPage(link)).toBe(after)
})

it.each([
  [undefined],
  [''],
  ['</users?after=x>; rel="prev"'],
  ['</users>; rel="next"'],
  ['<http://[>; rel="next"'],
])('finds no next page in %s', (link) => {
  expect(nextPage(link)).toBeUndefined()
})
