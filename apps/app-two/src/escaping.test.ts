import { createReadiness } from '@signet/service'
import { escaped, expectEscaped, hostile, walk } from '@signet/testing/hostile-values'
import { serve, silentLog, startApi, type TestApi } from '@signet/web/testing'
import { type Response, Router } from 'express'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openApi } from './api.ts'
import { createApp } from './app.ts'

const USER = { id: hostile('user'), name: hostile('name'), email: hostile('email') }
const ORDER = {
  id: hostile('order'),
  userId: hostile('gone'),
  item: hostile('item'),
  quantity: 1,
  createdAt: '2026-01-31T12:34:56.000Z',
  createdBy: hostile('creator'),
}

let api: TestApi
let client: ReturnType<typeof openApi>
let app: Awaited<ReturnType<typeof serve>>

beforeAll(async () => {
  api = await startApi({ routes: apiRoutes() })
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

/** The API has more users than fit on one page, so that the search for people is shown. */
function apiRoutes(): Router {
  const next = (path: string) => `<${path}?after=${encodeURIComponent(hostile('after'))}>; rel="next"`
  const routes = Router()
  routes.get('/users', ({ query }, response) => {
    answerAs(response, { Link: next('/users') }).json(query.id ? [] : [USER])
  })
  routes.get('/orders', (_request, response) => {
    const orders = [ORDER, { ...ORDER, id: 'o-1', userId: USER.id }]
    answerAs(response, { Link: next('/orders') }).json(orders)
  })
  routes.get('/orders/o-1', (_request, response) => void answerAs(response).json(ORDER))
  return routes
}

function answerAs(response: Response, headers = {}) {
  return response.set({ 'x-caller': hostile('caller'), 'x-request-id': hostile('request'), ...headers })
}

async function ask(path: string, form?: Record<string, string>) {
  const headers = { accept: 'text/html' }
  const sent = form && { method: 'POST', body: new URLSearchParams(form) }
  return await (await fetch(app.url + path, { headers, ...sent })).text()
}

test('every page that a link leads to escapes every value from the API', async () => {
  const pages = await walk(app.url)

  expect([...pages.keys()].sort()).toEqual([
    '/',
    `/?${new URLSearchParams({ after: hostile('after') })}`,
    '/orders/o-1',
    `/orders/${encodeURIComponent(ORDER.id)}`,
  ])
  for (const page of pages.values()) expectEscaped(page, [])
  // The person in the form and in the list; a person who no longer exists has the ID.
  expectEscaped(pages.get('/') ?? '', ['user', 'name', 'item', 'gone', 'caller', 'request'])
  expect(pages.get('/')?.split(escaped('name'))).toHaveLength(3)
  expectEscaped(pages.get('/orders/o-1') ?? '', ['item', 'gone', 'creator', 'order', 'caller'])
  expect(pages.get('/orders/o-1')?.split(escaped('item'))).toHaveLength(3)
})

test('a search for people escapes its text', async () => {
  expectEscaped(await ask(`/?${new URLSearchParams({ search: hostile('search') })}`), ['search', 'name'])
})

const FORM = { userId: hostile('chosen'), item: hostile('typed'), quantity: hostile('many') }

test('a form that is shown again escapes every field and every error', async () => {
  const paths = ['userId', 'item', 'quantity', hostile('path')]
  const errors = paths.map((path, index) => ({ path, message: hostile(`message${index}`) }))
  api.answerWith((request, response, next) => {
    if (request.method === 'GET') return next()
    answerAs(response.status(400)).json({ code: 'invalid_request', errors })
  })
  const page = await ask('/orders', FORM)

  const messages = ['message0', 'message1', 'message2', 'message3']
  expectEscaped(page, ['chosen', 'typed', 'many', 'path', 'user', 'name', ...messages])
  // A person who is not in the list is an option of its own: the value and the text.
  expect(page.split(escaped('chosen'))).toHaveLength(3)
})

test('a form that can be sent again escapes every field', async () => {
  api.answerWith((request) => request.socket.destroy())

  expectEscaped(await ask('/orders', FORM), ['chosen', 'typed', 'many'])
})

test.each([
  ['code', { code: hostile('code') }],
  ['permission', { code: 'permission_denied', permission: hostile('permission') }],
])('a failure page escapes the %s that the API names', async (field, body) => {
  api.answerWith((_request, response) => void answerAs(response.status(403)).json(body))

  expectEscaped(await ask('/'), [field, 'caller', 'request'])
  expectEscaped(await ask('/orders', FORM), [field, 'chosen', 'typed', 'many'])
})

test('an ID of the API cannot change the address of a redirect', async () => {
  api.answerWith((_request, response) => void response.json({ ...ORDER, id: '../?a=b#c' }))
  const body = new URLSearchParams(FORM)
  const { headers } = await fetch(`${app.url}/orders`, { method: 'POST', body, redirect: 'manual' })

  expect(headers.get('location')).toBe('/orders/..%2F%3Fa%3Db%23c')
})
