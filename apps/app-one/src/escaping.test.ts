import { createReadiness } from '@signet/service'
import { escaped, expectEscaped, hostile, walk } from '@signet/testing/hostile-values'
import { serve, silentLog, startApi, type TestApi } from '@signet/web/testing'
import { type Response, Router } from 'express'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openApi } from './api.ts'
import { createApp } from './app.ts'

const USER = { id: hostile('id'), name: hostile('name'), email: hostile('email') }

let api: TestApi
let client: ReturnType<typeof openApi>
let app: Awaited<ReturnType<typeof serve>>

beforeAll(async () => {
  const routes = Router()
  routes.get('/users', ({ query }, response) => {
    const next = `</users?after=${encodeURIComponent(hostile('after'))}>; rel="next"`
    answerAs(response, { Link: next }).json(query.search ? [] : [USER, { ...USER, id: 'u-1' }])
  })
  routes.get('/users/u-1', (_request, response) => void answerAs(response).json(USER))
  api = await startApi({ routes })
  client = openApi({ ca: api.ca, tokens: api.tokens })
  const readiness = createReadiness({ checks: {}, log: silentLog })
  const links = [{ name: hostile('link'), url: hostile('url') }]
  app = await serve(createApp({ api: client, readiness, log: silentLog, links }))
})
afterEach(() => api.answerWith(undefined))
afterAll(() => {
  client.close()
  app.close()
  api.close()
})

function answerAs(response: Response, headers = {}) {
  return response.set({ 'x-caller': hostile('caller'), 'x-request-id': hostile('request'), ...headers })
}

const get = async (path: string) =>
  await (await fetch(app.url + path, { headers: { accept: 'text/html' } })).text()

test('every page that a link leads to escapes every value from the API', async () => {
  const pages = await walk(app.url)

  expect([...pages.keys()].sort()).toEqual([
    '/',
    `/?${new URLSearchParams({ after: hostile('after') })}`,
    `/people/${encodeURIComponent(USER.id)}`,
    '/people/u-1',
  ])
  for (const page of pages.values()) expectEscaped(page, ['link', 'url'])
  expectEscaped(pages.get('/') ?? '', ['name', 'email', 'caller', 'request'])
  expectEscaped(pages.get('/people/u-1') ?? '', ['id', 'name', 'email', 'caller', 'request'])
  // Title, heading; the address of the link and its text.
  expect(pages.get('/people/u-1')?.split(escaped('name'))).toHaveLength(3)
  expect(pages.get('/people/u-1')?.split(escaped('email'))).toHaveLength(3)
})

test('a search escapes its text: the title, the field, the sentence and the links', async () => {
  const query = new URLSearchParams({ search: hostile('search'), after: hostile('after') })
  const page = await get(`/?${query}`)

  expectEscaped(page, ['search'])
  expect(page.split(escaped('search'))).toHaveLength(4)
})

test.each([
  [400, { code: 'invalid_request', errors: [{ path: hostile('path'), message: hostile('message') }] }],
  [401, { code: hostile('code') }],
  [403, { code: 'permission_denied', permission: hostile('permission') }],
])('a failure page escapes what the API says with %i', async (status, body) => {
  api.answerWith((_request, response) => void answerAs(response.status(status)).json(body))
  const fields = ['path', 'message', 'code', 'permission'].filter((field) =>
    JSON.stringify(body).includes(JSON.stringify(hostile(field)).slice(1, -1)),
  )

  expectEscaped(await get('/'), [...fields, 'caller', 'request'])
})
