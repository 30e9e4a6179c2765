import { createReadiness } from '@signet/service'
import { serve, silentLog, startApi, statusOf, type TestApi, testShell } from '@signet/web/testing'
import axios from 'axios'
import { Router } from 'express'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openApi } from './api.ts'
import { createApp } from './app.ts'

const EVIL = '<script>alert(1)</script>'
const ADA = { id: 'u-1', name: 'Ada', email: 'ada@example.com' }
const BOB = { id: 'u-2', name: EVIL, email: 'bob@example.com' }

let api: TestApi
let client: ReturnType<typeof openApi>
let app: Awaited<ReturnType<typeof serve>>
let asked: Record<string, unknown>

beforeAll(async () => {
  const routes = Router()
  routes.get('/users', (request, response) => {
    asked = request.query
    if (!request.query.after) response.set('Link', '</users?limit=20&after=u-1>; rel="next"')
    response.json(request.query.search === 'nobody' ? [] : request.query.after ? [BOB] : [ADA])
  })
  routes.get('/users/u-1', (_request, response) => void response.json(ADA))
  api = await startApi({ routes, permissions: ['users:read'] })

  client = openApi({ ca: api.ca, tokens: api.tokens })
  const readiness = createReadiness({ checks: {}, log: silentLog })
  app = await serve(createApp({ api: client, readiness, log: silentLog }))
})
afterEach(() => api.answerWith(undefined))
afterAll(() => {
  client.close()
  app.close()
  api.close()
})

const breakApi = () => api.answerWith((request) => request.socket.destroy())

function request(path: string, method = 'get', headers = {}) {
  return axios.request({
    method,
    url: app.url + path,
    headers: { accept: 'text/html', ...headers },
    validateStatus: null,
  })
}

describe('the people directory', () => {
  it('lists people, links to the page of each one, and links to the next page', async () => {
    const { status, data } = await request('/')
    expect(status).toBe(200)
    expect(data).toContain('<a href="/people/u-1">Ada</a>')
    expect(data).toContain('<a href="/?after=u-1" rel="next">Next page</a>')
    expect(data).not.toContain('First page')
  })

  it('shows the next page, and links back to the first one', async () => {
    const { data } = await request('/?after=u-1')
    expect(asked).toMatchObject({ after: 'u-1' })
    expect(data).toContain('<a href="/">First page</a>')
    expect(data).not.toContain('rel="next"')
  })

  it('searches, and keeps the search in the link to the next page', async () => {
    const { data } = await request('/?search=a%26b')
    expect(asked).toMatchObject({ search: 'a&b' })
    expect(data).toContain('value="a&amp;b"')
    expect(data).toContain('href="/?search=a%26b&amp;after=u-1"')
  })

  it('says so if a search finds no people, and lists all people if the search is empty', async () => {
    expect((await request('/?search=nobody')).data).toContain('No name or email address contains “nobody”.')
    await request('/?search=')
    expect(asked).not.toHaveProperty('search')
  })

  it('shows one person', async () => {
    const { status, data } = await request('/people/u-1')
    expect(status).toBe(200)
    expect(data).toContain('<h1>Ada</h1>')
    expect(data).toContain('GET /users/u-1')
  })

  it('escapes values from the API and from the address', async () => {
    for (const path of ['/?after=u-1', `/?search=${encodeURIComponent(EVIL)}`]) {
      const { data } = await request(path)
      expect(data).toContain('&lt;script&gt;')
      expect(data).not.toContain('<script')
    }
  })

  it('shows the receipt: caller, claims, calls left', async () => {
    const { data } = await request('/')
    expect(data).toContain('<dt>Caller</dt><dd>app-test</dd>')
    expect(data).toContain('<dt>Calls left</dt><dd>41</dd>')
    expect(data).toContain(`&quot;aud&quot;: &quot;${api.url}&quot;`)
  })
})

describe('an address without a page', () => {
  it.each(['/people/u-9', '/people/%2e%2e%2fwhoami', '/people/u-1%00', '/nowhere', '//elsewhere.example'])(
    '%s is a page with 404',
    async (path) => {
      const { status, headers, data } = await request(path)
      expect([status, headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
      expect(data).toContain('<h1>Page not found</h1>')
    },
  )

  it.each(['/?search=a&search=b', '/people/%ff'])('%s is a page with 400', async (path) => {
    const { status, data } = await request(path)
    expect(status).toBe(400)
    expect(data).toContain('<code>invalid_request</code>')
  })

  it('shows what is wrong with a query according to the API', async () => {
    const errors = [{ path: 'after', message: 'is no ID' }]
    api.answerWith(
      (_request, response) => void response.status(400).json({ code: 'invalid_request', errors }),
    )
    const { status, data } = await request('/?after=%3Cb%3E')
    expect(status).toBe(400)
    expect(data).toContain('<code>after</code>: is no ID')
  })

  it('answers other methods with 405 and the allowed methods', async () => {
    for (const path of ['/', '/people/u-1']) {
      const { status, headers } = await request(path, 'post')
      expect([status, headers.allow]).toEqual([405, 'GET, HEAD'])
    }
  })
})

it('says that the API cannot be reached, and recovers by itself', async () => {
  breakApi()
  expect(await request('/')).toMatchObject({
    status: 502,
    data: expect.stringContaining('The API cannot be reached'),
  })
  api.answerWith(undefined)
  expect(await request('/')).toMatchObject({ status: 200 })
})

it('sends its request ID to the API, so that both logs have the same one', async () => {
  const { headers, data } = await request('/', 'get', { 'x-request-id': 'one-visit' })
  expect(headers['x-request-id']).toBe('one-visit')
  expect(data).toContain('<dt>Request ID</dt><dd><code>one-visit</code></dd>')
})

it('refuses dots as an ID, since they would lead to another path of the API', async () => {
  expect(await statusOf(app.url, '/people/.')).toBe(404)
})

testShell((parts) => createApp({ api: client, ...parts }), { breakApi })
