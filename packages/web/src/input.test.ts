import { sendProblems } from '@signet/service'
import axios from 'axios'
import express from 'express'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { formBody, parseId, parseQuery, textParameter } from './input.ts'
import { serve, silentLog } from './testing.ts'

it('names each wrong parameter of a query', () => {
  const schema = z.object({ search: z.string().optional(), after: z.string().optional() })
  expect(parseQuery(schema, { search: 'x', other: 'y' })).toEqual({ search: 'x' })
  expect(() => parseQuery(schema, { search: ['a', 'b'] })).toThrow(
    expect.objectContaining({
      code: 'invalid_request',
      members: { errors: [expect.objectContaining({ path: 'search' })] },
    }),
  )
})

it.each(['.', '..', '', 'a/b', 'a%2fb', 'a b', 'x'.repeat(65), ['a'], undefined])(
  'refuses %j as an ID: not found',
  (id) => {
    expect(() => parseId(id)).toThrow(expect.objectContaining({ code: 'not_found' }))
  },
)

it('reads a text parameter without the spaces around it, and an empty one as none', () => {
  const read = (search?: unknown) => parseQuery(z.object({ search: textParameter }), { search })
  expect([read(' ink '), read(' '), read()]).toEqual([{ search: 'ink' }, {}, {}])
  expect(() => read(['a', 'b'])).toThrow(
    expect.objectContaining({
      members: { errors: [{ path: 'search', message: 'must be given only once' }] },
    }),
  )
})

it('returns a valid ID unchanged', () => {
  expect(parseId('u-001_A')).toBe('u-001_A')
})

let server: Awaited<ReturnType<typeof serve>>

beforeAll(async () => {
  const app = express()
  app.post('/', formBody(), (request, response) => void response.json(request.body ?? 'no body'))
  app.use(sendProblems({ log: silentLog }))
  server = await serve(app)
})
afterAll(() => server.close())

async function post(data: string | undefined, type: string | undefined) {
  const headers = { 'content-type': type ?? false }
  const answer = await axios.post(server.url, data, { headers, validateStatus: null })
  return { status: answer.status, data: answer.data.code ?? answer.data }
}

const FORM = 'application/x-www-form-urlencoded'

it('reads a form', async () => {
  expect(await post('item=Ink&item=Wax&a[b]=c', FORM)).toEqual({
    status: 200,
    data: { item: ['Ink', 'Wax'], 'a[b]': 'c' },
  })
})

it.each(['utf-8', 'UTF-8', '"utf-8"', 'utf8', 'UTF8', '"utf8"'])('reads a form in %s', async (charset) => {
  expect(await post('item=T%C3%A9', `${FORM}; charset=${charset}`)).toEqual({
    status: 200,
    data: { item: 'Té' },
  })
})

it.each([
  [`${FORM}; charset=utf88`],
  ['application/json'],
  ['multipart/form-data; boundary=x'],
  ['text/plain'],
  [undefined],
  [`${FORM}; charset=utf-7`],
])('refuses %s', async (type) => {
  expect(await post('{}', type)).toEqual({ status: 415, data: 'unsupported_media_type' })
})

it('refuses a form of more than 16 KiB', async () => {
  expect(await post(`item=${'x'.repeat(16 * 1024)}`, FORM)).toEqual({ status: 413, data: 'body_too_large' })
})
