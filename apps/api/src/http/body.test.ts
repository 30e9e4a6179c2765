import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { Problem } from '@signet/service'
import { WITHIN } from '@signet/testing/wait'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { startApi } from '../../test/api.ts'
import { validate } from './body.ts'

const api = await startApi()
const ORDER = JSON.stringify({ userId: 'u-001', item: 'Desk lamp', quantity: 1 })
const JSON_TYPE = { 'content-type': 'application/json' }
const post = (body: string | Buffer, headers: Record<string, string> = JSON_TYPE) =>
  api.call('/orders', { body, headers })

test.each([
  ...['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'],
  ...['application/json; charset=utf8', 'application/json;charset=UTF8', 'application/json; charset="utf8"'],
])('takes %s', async (type) => {
  expect((await post(ORDER, { 'content-type': type })).status).toBe(201)
})

test.each([
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/vnd.api+json',
  'application/jsonp',
  'json',
  '',
  'application/json; charset=latin1',
  'application/json; charset=utf',
  'application/json; charset=utf88',
])('refuses %j as an unsupported media type', async (type) => {
  const { status, body } = await post(ORDER, { 'content-type': type })

  expect([status, body.code]).toEqual([415, 'unsupported_media_type'])
})

test('refuses a body without a media type, and names the right one', async () => {
  const { status, body } = await post(ORDER, {})

  expect([status, body.detail]).toEqual([415, 'Send the body as application/json.'])
})

test.each(['gzip', 'deflate', 'br', 'lzma'])('does not inflate a body: %s', async (encoding) => {
  const { status, body } = await post(gzipSync(ORDER), { ...JSON_TYPE, 'content-encoding': encoding })

  expect([status, body.code]).toEqual([415, 'unsupported_media_type'])
})

test('takes a body of 16 KiB and not a byte more', async () => {
  const exactly = await post(ORDER.padEnd(16 * 1024))
  const more = await post(ORDER.padEnd(16 * 1024 + 1))

  expect(exactly.status).toBe(201)
  expect([more.status, more.body.code]).toEqual([413, 'body_too_large'])
})

test('measures a body without a content-length', async () => {
  const headers = { ...JSON_TYPE, 'x-token': api.callers.sign('all', api.clock) }
  const chunked = request({ port: api.port, path: '/orders', method: 'POST', headers })
  chunked.write(ORDER)
  chunked.end(' '.repeat(16 * 1024))

  const [answer] = (await once(chunked, 'response')) as [IncomingMessage]
  answer.resume()

  expect(answer.statusCode).toBe(413)
})

test('refuses an endless body as soon as it is too large', async () => {
  const headers = { ...JSON_TYPE, 'x-token': api.callers.sign('all', api.clock) }
  const endless = request({ port: api.port, path: '/orders', method: 'POST', headers })
  endless.write(' '.repeat(16 * 1024 + 1))

  const [answer] = (await once(endless, 'response')) as [IncomingMessage]

  endless.on('error', () => {}).destroy()
  expect(answer.statusCode).toBe(413)
})

test('takes the next request on a connection after a body that was too large', async () => {
  const head = ['POST /orders HTTP/1.1', 'Host: x', `x-token: ${api.callers.sign('all', api.clock)}`]
  const type = ['Content-Type: application/json', 'Transfer-Encoding: chunked', '', '']
  const body = `${(4e6).toString(16)}\r\n${' '.repeat(4e6)}\r\n0\r\n\r\n`
  const socket = connect({ port: api.port, allowHalfOpen: true })

  socket.end(`${[...head, ...type].join('\r\n')}${body}GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n`)

  expect((await text(socket)).match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200'])
})

test('does not log an aborted body as an internal error', async () => {
  const headers = { ...JSON_TYPE, 'x-token': api.callers.sign('all', api.clock), 'content-length': 100 }
  const cut = request({ port: api.port, path: '/orders', method: 'POST', headers }).on('error', () => {})
  const from = api.lines.length

  cut.write(ORDER, () => cut.destroy())
  const line = await vi.waitUntil(() => api.lines.slice(from).find(({ msg }) => msg === 'request'), WITHIN)
  await post(ORDER)

  expect(line).toMatchObject({ status: 499 })
  expect(api.lines.slice(from).filter(({ level }) => level === 'error')).toEqual([])
})

test('refuses a body by its content-length, before it arrives', async () => {
  const headers = {
    ...JSON_TYPE,
    'x-token': api.callers.sign('all', api.clock),
    'content-length': 16 * 1024 + 1,
  }
  const large = request({ port: api.port, path: '/orders', method: 'POST', headers })
  large.flushHeaders()

  const [answer] = (await once(large, 'response')) as [IncomingMessage]

  large.on('error', () => {}).destroy()
  expect(answer.statusCode).toBe(413)
})

test('refuses bytes that are not UTF-8', async () => {
  const { status, body } = await post(Buffer.from(ORDER.replace('Desk', '\xff'), 'latin1'))

  expect([status, body.code, body.detail]).toEqual([400, 'invalid_request', 'Send the body as UTF-8.'])
})

test.each(['{', '{"userId":"u-001",}', "{'userId':'u-001'}", '{}{}', 'undefined', 'NaN', '\0', '<order/>'])(
  'refuses what is not JSON, without repeating it: %j',
  async (body) => {
    const answer = await post(body)

    expect([answer.status, answer.body.detail]).toEqual([400, 'The body is not valid JSON.'])
  },
)

test('treats an empty body as an order without fields', async () => {
  const { status, body } = await post('')

  expect([status, body.errors?.map(({ path }) => path)]).toEqual([400, ['userId', 'item', 'quantity']])
})

test('refuses deeply nested JSON', async () => {
  const { status } = await post('['.repeat(8_000) + ']'.repeat(8_000))

  expect(status).toBe(400)
})

const Thing = z.strictObject({
  name: z.string().trim(),
  parts: z.array(z.object({ size: z.int('must be whole') })).default([]),
})

test('returns the value as the schema gives it', () => {
  expect(validate(Thing, { name: ' x ' })).toEqual({ name: 'x', parts: [] })
})

test('throws a problem that names the path of every fault', () => {
  expect(faultsOf({ parts: [{ size: 1 }, { size: 0.5 }] })).toEqual([
    { path: 'name', message: expect.stringContaining('string') },
    { path: 'parts.1.size', message: 'must be whole' },
  ])
})

test('names each unknown field, and not its value', () => {
  const faults = faultsOf({ name: 'x', one: 'secret', two: 'secret' })

  expect(faults).toEqual([
    { path: 'one', message: 'is not known here' },
    { path: 'two', message: 'is not known here' },
  ])
})

test('has an empty path for a value of the wrong type', () => {
  expect(faultsOf(null)).toEqual([{ path: '', message: expect.any(String) }])
})

function faultsOf(value: unknown) {
  try {
    validate(Thing, value)
  } catch (error) {
    expect(error).toBeInstanceOf(Problem)
    expect(error).toMatchObject({ code: 'invalid_request', status: 400 })
    return (error as Problem).members.errors
  }
  throw new Error('nothing was refused')
}
