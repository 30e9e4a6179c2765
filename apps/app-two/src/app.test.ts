import { createReadiness, Problem } from '@signet/service'
import { APP_ID, serve, silentLog, startApi, statusOf, type TestApi, testShell } from '@signet/web/testing'
import axios from 'axios'
import express, { Router } from 'express'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openApi } from './api.ts'
import { createApp } from './app.ts'

const EVIL = '<script>alert(1)</script>'
const ADA = { id: 'u-1', name: 'Ada', email: 'ada@example.com' }
const EVE = { id: 'u-2', name: EVIL, email: 'eve@example.com' }
const FAR = { id: 'u-999', name: 'Far Away', email: 'far@example.com' }

let api: TestApi
let client: ReturnType<typeof openApi>
let app: Awaited<ReturnType<typeof serve>>
type Placed = { id: string; key: string | undefined; userId: string; item: string; quantity: number }
let orders: (Placed & { createdBy?: string })[]

const sent = ({ key: _key, ...order }: (typeof orders)[number]) => ({
  createdAt: '2026-01-31T12:34:56.000Z',
  createdBy: APP_ID,
  ...order,
})

beforeAll(async () => {
  api = await startApi({ routes: apiRoutes() })
  client = openApi({ ca: api.ca, tokens: api.tokens })
  const readiness = createReadiness({ checks: {}, log: silentLog })
  app = await serve(createApp({ api: client, readiness, log: silentLog }))
})
beforeEach(() => {
  orders = [
    { id: 'o-1', key: undefined, userId: 'u-1', item: 'Ink', quantity: 2 },
    { id: 'o-2', key: undefined, userId: 'u-999', item: EVIL, quantity: 1 },
    { id: 'o-3', key: undefined, userId: 'u-gone', item: 'Wax', quantity: 3 },
  ]
})
afterEach(() => api.answerWith(undefined))
afterAll(() => {
  client.close()
  app.close()
  api.close()
})

const breakApi = () => api.answerWith((request) => request.socket.destroy())

/** The API has more users than fit on one page. It places one order for each idempotency key. */
function apiRoutes(): Router {
  const routes = Router()
  routes.get('/users', (request, response) => {
    const ids = request.query.id && [request.query.id].flat()
    if (ids) return void response.json([ADA, EVE, FAR].filter(({ id }) => ids.includes(id)))
    response.set('Link', '</users?after=u-2>; rel="next"').json(request.query.search ? [FAR] : [ADA, EVE])
  })
  routes.get('/orders', (request, response) => {
    const { order, limit, after } = request.query
    const sorted = order === 'desc' ? orders.toReversed() : orders
    const start = sorted.findIndex(({ id }) => id === after) + 1
    const page = sorted.slice(start, start + Number(limit))
    if (sorted.length > start + page.length)
      response.set('Link', `</orders?order=${order}&after=${page.at(-1)?.id}>; rel="next"`)
    response.json(page.map(sent))
  })
  routes.get('/orders/:id', (request, response) => {
    const order = orders.find(({ id }) => id === request.params.id)
    if (!order) throw new Problem('not_found')
    response.json(sent(order))
  })
  routes.post('/orders', express.json(), (request, response) => {
    const key = request.get('idempotency-key')
    const known = orders.find((order) => order.key === key)
    if (known && known.item !== request.body.item) throw new Problem('idempotency_key_reused')
    if (typeof request.body.quantity !== 'number')
      throw new Problem('invalid_request', {
        errors: [
          { path: 'quantity', message: 'must be a number' },
          { path: 'x', message: 'is not known' },
        ],
      })
    const order = known ?? { id: `o-${orders.length + 1}`, key, ...request.body }
    if (!known) orders.push(order)
    response.status(201).json(sent(order))
  })
  return routes
}

const anOrder = (id: string) => ({ id, key: undefined, userId: 'u-1', item: 'Ink', quantity: 1 })
const downFrom = (highest: number, count: number) =>
  Array.from({ length: count }, (_, index) => `o-${highest - index}`)
const idsIn = (page: string) => Array.from(page.matchAll(/href="\/orders\/(o-\d+)"/g), ([, id]) => id)

const browser = axios.create({ headers: { accept: 'text/html' }, maxRedirects: 0, validateStatus: null })
const get = (path: string) => browser.get(app.url + path)

function post(fields: Record<string, string> | string, headers: Record<string, string> = {}) {
  const form = typeof fields === 'string' ? fields : String(new URLSearchParams(fields))
  return browser.post(`${app.url}/orders`, form, { headers })
}

async function keyOf(page: Promise<{ data: string }>): Promise<string> {
  return (await page).data.match(/name="idempotencyKey" value="([^"]+)"/)?.[1] ?? 'no key'
}

describe('the orders', () => {
  it('are listed with the name of the person, or the ID of a person who no longer exists', async () => {
    const { status, data } = await get('/')
    expect(status).toBe(200)
    expect(data).toContain('<a href="/orders/o-1">Ink</a>')
    for (const name of ['Ada', 'Far Away', 'u-gone']) expect(data).toContain(`data-label="For">${name}</td>`)
    expect(data).toContain('<time datetime="2026-01-31T12:34:56.000Z">31 Jan 2026, 12:34</time>')
  })

  it('are listed page by page, the newest one first', async () => {
    orders = Array.from({ length: 45 }, (_, index) => anOrder(`o-${index + 1}`))
    await post({ userId: 'u-1', item: 'Seal', quantity: '4' })

    const first = (await get('/')).data
    expect(idsIn(first)).toEqual(downFrom(46, 20))
    expect(first).toContain('<a href="/?after=o-27" rel="next">Next page</a>')
    const second = (await get('/?after=o-27')).data
    expect(idsIn(second)).toEqual(downFrom(26, 20))
    const last = (await get('/?after=o-7')).data
    expect(idsIn(last)).toEqual(downFrom(6, 6))
    expect(last).not.toContain('rel="next"')
  })

  it('show the application that placed them: app-two by its name, another one by its ID', async () => {
    orders.push({ ...anOrder('o-4'), createdBy: 'another-application' })

    expect((await get('/orders/o-1')).data).toContain('<dt>Placed by</dt><dd>app-two</dd>')
    expect((await get('/orders/o-4')).data).toContain(
      '<dt>Placed by</dt><dd><code>another-application</code></dd>',
    )
  })

  it('come with one receipt for each call, and one call asks for all missing names', async () => {
    const { data } = await get('/')
    expect(data.match(/<code>GET \/[a-z/-]+<\/code>/g).sort()).toEqual([
      '<code>GET /orders</code>',
      '<code>GET /users</code>',
      '<code>GET /users</code>',
    ])
  })

  it('need no third call if all names are known', async () => {
    orders = [anOrder('o-1')]
    const { data } = await get('/')
    expect(data.match(/<code>GET \/users<\/code>/g)).toHaveLength(1)
  })

  it('have one page each', async () => {
    const { data } = await get('/orders/o-1')
    expect(data).toContain('<h1>2 × Ink</h1>')
    expect(data).toContain('<dd>Ada</dd>')
    expect((await get('/orders/o-9')).status).toBe(404)
    expect((await get('/orders/..%2fusers')).status).toBe(404)
  })

  it('are escaped', async () => {
    for (const path of ['/', '/orders/o-2', `/?search=${encodeURIComponent(EVIL)}`]) {
      const { data } = await get(path)
      expect(data).toContain('&lt;script&gt;')
      expect(data).not.toContain('<script')
    }
  })

  it('are not shown if the API cannot find a name at the moment', async () => {
    api.answerWith((request, response, next) => {
      if (request.query.id === undefined) return next()
      response.status(503).json({ code: 'unavailable' })
    })
    const { status, data } = await get('/')
    expect(status).toBe(503)
    expect(data.match(/<code>GET \/users<\/code>/g)).toHaveLength(2)
  })

  it('can be placed for a person who is not among the first hundred, by search', async () => {
    const { data } = await get('/?search=far')
    expect(data).toContain('<option value="u-999" >Far Away</option>')
  })
})

describe('a form', () => {
  const order = { userId: 'u-1', item: 'Seal', quantity: '4' }

  it('places an order and redirects the browser to it', async () => {
    const { status, headers } = await post({ ...order, idempotencyKey: await keyOf(get('/')) })
    expect([status, headers.location]).toEqual([303, '/orders/o-4'])
    expect(orders[3]).toMatchObject({ userId: 'u-1', item: 'Seal', quantity: 4 })
  })

  it('that is sent twice places one order', async () => {
    const idempotencyKey = await keyOf(get('/'))
    const answers = [await post({ ...order, idempotencyKey }), await post({ ...order, idempotencyKey })]
    expect(answers.map(({ headers }) => headers.location)).toEqual(['/orders/o-4', '/orders/o-4'])
    expect(orders).toHaveLength(4)
  })

  it('has a new key each time, also if a client sends no key or a forged one', async () => {
    expect(await keyOf(get('/'))).not.toBe(await keyOf(get('/')))
    await post(order)
    await post({ ...order, idempotencyKey: 'x\r\ninjected: 1' })
    expect(orders.slice(3).map(({ key }) => key)).toEqual([
      expect.stringMatching(/^[\da-f-]{36}$/),
      expect.stringMatching(/^[\da-f-]{36}$/),
    ])
  })

  it('is shown again with the entered values, and with errors beside their fields', async () => {
    const idempotencyKey = await keyOf(get('/'))
    const answer = post({ ...order, item: '"Ink"', quantity: 'many', idempotencyKey })
    const { status, data } = await answer
    expect(status).toBe(400)
    expect(data).toMatch(
      /id="quantity" name="quantity" aria-invalid="true" aria-describedby="quantity-error"/,
    )
    expect(data).toContain('<small id="quantity-error">must be a number</small>')
    expect(data).toContain('<code>x</code>: is not known')
    expect(data).toContain('value="&quot;Ink&quot;"')
    expect(data).toContain('<option value="u-1" selected>Ada</option>')
    expect(data).not.toContain('item-error')
    expect(await keyOf(answer)).toBe(idempotencyKey)
  })

  it('gets a new key if its own was used for another order', async () => {
    const idempotencyKey = await keyOf(get('/'))
    await post({ ...order, idempotencyKey })
    const answer = post({ ...order, item: 'Other', idempotencyKey })
    expect((await answer).status).toBe(422)
    const fresh = await keyOf(answer)
    expect(fresh).not.toBe(idempotencyKey)
    expect((await post({ ...order, item: 'Other', idempotencyKey: fresh })).status).toBe(303)
  })

  it('can be sent again with the same key if the API could not be reached', async () => {
    const idempotencyKey = await keyOf(get('/'))
    breakApi()
    const answer = post({ ...order, idempotencyKey })
    expect((await answer).status).toBe(502)
    expect((await answer).data).toContain('<input type="hidden" name="item" value="Seal">')
    expect(await keyOf(answer)).toBe(idempotencyKey)
  })

  it.each([
    [403, { code: 'permission_denied', permission: 'orders:write' }, 502, 'grant app-two orders:write'],
    [429, { code: 'rate_limited' }, 503, 'The API is not available at the moment'],
  ])('can be sent again if the API answers only its order with %i', async (status, body, ownStatus, text) => {
    const idempotencyKey = await keyOf(get('/'))
    api.answerWith((request, response, next) => {
      if (request.method !== 'POST') return next()
      response.status(status).json(body)
    })
    const answer = post({ ...order, idempotencyKey })
    expect((await answer).status).toBe(ownStatus)
    expect((await answer).data).toContain(text)
    expect((await answer).data).toContain('<button>Send the order again</button>')
    expect(await keyOf(answer)).toBe(idempotencyKey)
  })

  it('is refused from another site, before it is read', async () => {
    const answer = await post(order, { 'sec-fetch-site': 'same-site' })
    expect(answer.status).toBe(403)
    expect(answer.data).toContain('<code>cross_site_request</code>')
    expect(orders).toHaveLength(3)
  })

  it('is refused under the host name of another site, even if its page is same-origin under that name', async () => {
    const host = 'rebinding.example:3002'
    const answer = await post(order, {
      host,
      origin: `http://${host}`,
      'sec-fetch-site': 'same-origin',
    })
    expect(answer.status).toBe(421)
    expect(orders).toHaveLength(3)
  })

  it.each([
    ['JSON', 415, '{}', 'application/json'],
    ['too large', 413, `item=${'x'.repeat(20_000)}`, 'application/x-www-form-urlencoded'],
  ])('is refused as %s: %i', async (_what, status, body, type) => {
    expect((await post(body, { 'content-type': type })).status).toBe(status)
  })

  it.each([
    ['empty', ''],
    ['repeated', 'quantity=1&quantity=2&item=a&item=b'],
    ['nested', 'quantity[a]=1&item[]=b'],
    ['garbled', 'quantity=%E0%A4%A&item=%'],
  ])('may be %s, and is then shown again', async (_what, body) => {
    const { status, data } = await post(body, { 'content-type': 'application/x-www-form-urlencoded' })
    expect(status).toBe(400)
    expect(data).toContain('The order was not placed')
  })
})

it('answers other methods with 405 and the allowed methods', async () => {
  const allowed = async (method: string, path: string) => {
    const { status, headers } = await browser.request({ method, url: app.url + path })
    return [status, headers.allow]
  }
  expect(await allowed('put', '/')).toEqual([405, 'GET, HEAD'])
  expect(await allowed('delete', '/orders')).toEqual([405, 'GET, HEAD, POST'])
  expect(await allowed('post', '/orders/o-1')).toEqual([405, 'GET, HEAD'])
})

it('redirects to the first page if the address of a refused form is loaded', async () => {
  const { status, headers } = await get('/orders')
  expect([status, headers.location]).toEqual([302, '/'])
})

it('refuses dots as an ID, since they would lead to another path of the API', async () => {
  expect(await statusOf(app.url, '/orders/.')).toBe(404)
})

it('sends its request ID to the API, so that both logs have the same one', async () => {
  const { headers, data } = await get('/orders/o-1')
  expect(data).toContain(`<dt>Request ID</dt><dd><code>${headers['x-request-id']}</code></dd>`)
})

testShell((parts) => createApp({ api: client, ...parts }), { breakApi })
