import { Writable } from 'node:stream'
import { createLog, logRequests, Problem, sendProblems } from '@signet/service'
import { WITHIN } from '@signet/testing/wait'
import axios from 'axios'
import express from 'express'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { pageContext } from './context.ts'
import { failurePages } from './failure.ts'
import { html } from './html.ts'
import { serve } from './testing.ts'

let server: Awaited<ReturnType<typeof serve>>
let thrown: unknown
let logged = ''

beforeAll(async () => {
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      logged += chunk
      done()
    },
  })
  const log = createLog({ name: 'test', level: 'info', destination })
  const app = express()
  app.use(logRequests(log))
  app.post('/', (_request, response, next) => {
    pageContext(response).retry = html`<button>Once more</button>`
    next()
  })
  app.use((request, response) => {
    if (request.path === '/half') response.write('half a page')
    throw thrown
  })
  app.use(failurePages({ site: { name: 'app-test', purpose: 'a test' }, log }), sendProblems({ log }))
  server = await serve(app)
})
beforeEach(() => {
  logged = ''
})
afterAll(() => server.close())

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

async function failWith(error: unknown, { method = 'get', accept = BROWSER, path = '/' } = {}) {
  thrown = error
  const headers = { accept, 'x-request-id': 'request-7' }
  return axios.request({ method, url: server.url + path, headers, validateStatus: null })
}

describe('a failure page', () => {
  it.each(['toString', 'constructor', '__proto__'])(
    'has the title of a refusal with the code %s',
    async (code) => {
      const refusal = { code, status: 409, title: 'A title', message: 'A title.', headers: {}, members: {} }
      const { status, data } = await failWith(refusal)

      expect(status).toBe(409)
      expect(data).toContain('<h1>A title</h1>')
      expect(data).toContain('Go back to the first page.')
    },
  )

  it('has the status, the code and the request ID', async () => {
    const { status, headers, data } = await failWith(new Problem('api_unreachable'))
    expect(status).toBe(502)
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(headers['cache-control']).toBe('no-store')
    expect(data).toContain('<h1>The API cannot be reached</h1>')
    expect(data).toContain('<code>api_unreachable</code>')
    expect(data).toContain('<code>request-7</code>')
  })

  it('shows a message that says more than the title of the code, and no other', async () => {
    const detailed = await failWith(new Problem('not_found', { detail: 'There is no order with this ID.' }))
    expect(detailed.data).toContain('<p>There is no order with this ID.</p>')
    const plain = await failWith(new Problem('api_unreachable'))
    expect(plain.data.split('The API cannot be reached').length - 1).toBe(2)
    expect(plain.data).not.toContain('<p>The API cannot be reached.</p>')
  })

  it('passes on the headers of the problem', async () => {
    const { status, headers } = await failWith(
      new Problem('method_not_allowed', { headers: { Allow: 'GET' } }),
    )
    expect([status, headers.allow]).toEqual([405, 'GET'])
    const busy = await failWith(new Problem('unavailable', { headers: { 'Retry-After': '9' } }))
    expect([busy.status, busy.headers['retry-after']]).toEqual([503, '9'])
  })

  it.each([
    ['token_rejected', 'npm run keys -- check'],
    ['token_expired', 'clocks'],
    ['audience_mismatch', 'AUDIENCES'],
    ['token_malformed', 'log of the API'],
  ])('says what to correct if the code from the API is %s', async (code, advice) => {
    const { data } = await failWith(new Problem('api_refused', { apiCode: code }))
    expect(data).toContain(advice)
    expect(data).toContain(`<code>${code}</code>`)
  })

  it('names the missing permission', async () => {
    const { data } = await failWith(
      new Problem('api_refused', { apiCode: 'permission_denied', permission: 'orders:read' }),
    )
    expect(data).toMatch(/npm run keys -- grant [\w-]+ orders:read/)
  })

  it('escapes everything that the API sends', async () => {
    const evil = '<script>alert(1)</script>'
    const errors = [{ path: evil, message: evil }]
    const pages = [
      await failWith(new Problem('invalid_request', { errors })),
      await failWith(new Problem('api_refused', { apiCode: evil })),
    ]
    for (const { data } of pages) {
      expect(data).toContain('&lt;script&gt;')
      expect(data).not.toContain('<script')
    }
  })

  it('reloads itself if the failure can end by itself, and not before the API allows it', async () => {
    const late = await failWith(new Problem('api_timeout'))
    expect(late.data).toContain('<meta http-equiv="refresh" content="15">')
    const busy = await failWith(new Problem('unavailable', { headers: { 'Retry-After': '60' } }))
    expect(busy.data).toContain('<meta http-equiv="refresh" content="60">')
    const refused = await failWith(new Problem('api_refused', { apiCode: 'token_rejected' }))
    expect(refused.data).not.toContain('http-equiv')
  })

  it('offers to send a posted form again, and does not reload itself then', async () => {
    const { data } = await failWith(new Problem('api_unreachable'), { method: 'post' })
    expect(data).toContain('<button>Once more</button>')
    expect(data).not.toContain('http-equiv')
  })

  it('shows nothing of an unexpected error, which only the log has', async () => {
    const { status, data } = await failWith(new TypeError('secret detail at /srv/main.ts'))
    expect(status).toBe(500)
    expect(data).toContain('<code>internal_error</code>')
    expect(data).not.toContain('secret detail')
    expect(logged).toContain('secret detail')
  })

  it('is not added to half a page: the answer is cut off, and the log has the error', async () => {
    await expect(failWith(new TypeError('halfway'), { path: '/half' })).rejects.toThrow()
    expect(logged).toContain('halfway')
  })

  it('puts code and reason into the log of requests', async () => {
    await failWith(new Problem('api_unreachable', { reason: 'ECONNREFUSED' }))
    await expect.poll(() => logged, WITHIN).toContain('"code":"api_unreachable","reason":"ECONNREFUSED"')
  })
})

describe('the form of the answer', () => {
  it.each(['application/json', 'application/problem+json', 'application/json, text/html;q=0.5', 'image/png'])(
    'is a problem document for a client that accepts %s',
    async (accept) => {
      const { status, headers, data } = await failWith(new Problem('api_timeout'), { accept })
      expect(status).toBe(504)
      expect(headers['content-type']).toBe('application/problem+json; charset=utf-8')
      expect(data).toMatchObject({ code: 'api_timeout', status: 504, requestId: 'request-7' })
    },
  )

  it.each([BROWSER, '*/*', 'text/html'])('is a page for a client that accepts %s', async (accept) => {
    const { headers } = await failWith(new Problem('api_timeout'), { accept })
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(headers.vary).toContain('Accept')
  })
})
