import { createReadiness, type Readiness } from '@signet/service'
import { serve, silentLog, startApi, statusOf, type TestApi } from '@signet/web/testing'
import axios from 'axios'
import { Router } from 'express'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openApi } from './api.ts'
import { createApp } from './app.ts'

const EVIL = '<script>alert(1)</script>'
const ADA = { id: 'u-1', name: 'Ada', email: 'ada@example.com' }
const BOB = { id: 'u-2', name: EVIL, email: 'bob@example.com' }

let api: TestApi
let readiness: Readiness
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

  readiness = createReadiness({ checks: {}, log: silentLog })
  client = openApi({ ca: api.ca, tokens: api.tokens })
  app = await serve(createApp({ api: client, readiness, log: silentLog }))
})
afterEach(() => api.answerWith(undefined))
afterAll(() => {
  client.close()
  app.close()
  api.close()
})

function request(path: string, method = 'get', headers = {}) {
  return axios.request({
    method,
    url: app.url + path,
    headers: { accept: 'text/html', ...headers },
    validateStatus: null,
  })
}

describe('the people directory', () => {
  it('lists people, each with a page of its own, and links to the next page', async () => {
    const { status, data } = await request('/')
    expect(status).toBe(200)
    expect(data).toContain('<a href="/people/u-1">Ada</a>')
    expect(data).toContain('<a href="/?after=u-1" rel="next">Next page</a>')
    expect(data).not.toContain('First page')
  })

  it('turns the page, and leads back to the first one', async () => {
    const { data } = await request('/?after=u-1')
    expect(asked).toMatchObject({ after: 'u-1' })
    expect(data).toContain('<a href="/">First page</a>')
    expect(data).not.toContain('rel="next"')
  })

  it('searches, and stays with the search when the page is turned', async () => {
    const { data } = await request('/?search=a%26b')
    expect(asked).toMatchObject({ search: 'a&b' })
    expect(data).toContain('value="a&amp;b"')
    expect(data).toContain('href="/?search=a%26b&amp;after=u-1"')
  })

  it('says so when nobody is found, and asks for everybody when the search is empty', async () => {
    expect((await request('/?search=nobody')).data).toContain('Nobody here has “nobody”')
    await request('/?search=')
    expect(asked).not.toHaveProperty('search')
  })

  it('shows one person', async () => {
    const { status, data } = await request('/people/u-1')
    expect(status).toBe(200)
    expect(data).toContain('<h1>Ada</h1>')
    expect(data).toContain('GET /users/u-1')
  })

  it('escapes what the API and the address say', async () => {
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

describe('an address that leads nowhere', () => {
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

  it('shows what the API finds wrong with a query', async () => {
    const errors = [{ path: 'after', message: 'is no ID' }]
    api.answerWith(
      (_request, response) => void response.status(400).json({ code: 'invalid_request', errors }),
    )
    const { status, data } = await request('/?after=%3Cb%3E')
    expect(status).toBe(400)
    expect(data).toContain('<code>after</code>: is no ID')
  })

  it('answers other methods with 405 and those that it takes', async () => {
    for (const path of ['/', '/people/u-1']) {
      const { status, headers } = await request(path, 'post')
      expect([status, headers.allow]).toEqual([405, 'GET, HEAD'])
    }
  })
})

it('says that the API is away, and recovers by itself', async () => {
  api.answerWith((request) => request.socket.destroy())
  expect(await request('/')).toMatchObject({ status: 502, data: expect.stringContaining('The API is away') })
  api.answerWith(undefined)
  expect(await request('/')).toMatchObject({ status: 200 })
})

it('sends its request ID along, so that both logs tell of one request', async () => {
  const { headers, data } = await request('/', 'get', { 'x-request-id': 'one-visit' })
  expect(headers['x-request-id']).toBe('one-visit')
  expect(data).toContain('<dt>Request ID</dt><dd><code>one-visit</code></dd>')
})

it('guards itself against posts from elsewhere', async () => {
  expect((await request('/', 'post', { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
})

it('tells probes that it is well, whether the API is or not', async () => {
  api.answerWith((request) => request.socket.destroy())
  expect((await request('/healthz')).status).toBe(200)
  expect((await request('/readyz')).status).toBe(200)
})

it('never climbs in the API: dots are no ID', async () => {
  expect(await statusOf(app.url, '/people/.')).toBe(404)
})

it('sends its style, and its policy with every answer', async () => {
  expect((await request('/assets/signet.css')).status).toBe(200)
  for (const path of ['/', '/nowhere', '/healthz']) {
    const { headers } = await request(path)
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(headers).not.toHaveProperty('x-powered-by')
  }
})

it('links to the other services when it is told where they are, and only then', async () => {
  const links = [{ name: 'lab', url: 'http://localhost:3003' }]
  const linking = await serve(createApp({ api: client, readiness, log: silentLog, links }))

  const { data } = await axios.get(linking.url)
  linking.close()

  expect(data).toContain('href="http://localhost:3003"')
  expect((await request('/')).data).not.toContain('localhost:3003')
})

it('shows pages under localhost and PUBLIC_HOSTS only, while probes may come by any name', async () => {
  const publicHosts = ['pages.example']
  const named = await serve(createApp({ api: client, readiness, log: silentLog, publicHosts }))
  const ask = (path: string, host: string, accept = 'text/html') =>
    axios.get(named.url + path, { headers: { host, accept }, validateStatus: null })

  const refused = await ask('/', 'rebinding.example')
  const problem = await ask('/', 'rebinding.example', 'application/json')
  const statuses = await Promise.all(
    [
      ask('/', 'pages.example'),
      ask('/', '127.0.0.1:3001'),
      ask('/healthz', '10.1.2.3:3001'),
      ask('/readyz', 'app.namespace.svc'),
      ask('/assets/signet.css', 'rebinding.example'),
    ].map(async (answer) => (await answer).status),
  )
  named.close()

  expect(refused.status).toBe(421)
  expect(refused.data).toContain('<code>host_not_allowed</code>')
  expect(refused.data).toContain('PUBLIC_HOSTS')
  expect(refused.data).not.toContain('href="/">First page')
  expect(problem).toMatchObject({ status: 421, data: { code: 'host_not_allowed' } })
  expect(statuses).toEqual([200, 200, 200, 200, 200])
})
