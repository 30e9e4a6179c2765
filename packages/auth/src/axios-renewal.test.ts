import { Agent } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import type { AxiosError, AxiosRequestConfig, CreateAxiosDefaults } from 'axios'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openClient, startServer } from '../test/clients.ts'

const MINUTE = 60_000

/** The token IDs and issue times that the API was shown, in order. */
function claimsOf(requests: { headers: { [name: string]: unknown } }[]): { jti: string; iat: number }[] {
  return requests.map(({ headers }) => {
    const payload = String(headers['x-token']).split('.')[1] as string
    return JSON.parse(Buffer.from(payload, 'base64url').toString())
  })
}

describe('after a refusal, a client', () => {
  it.each([
    ['token_expired', 10 * MINUTE],
    ['token_issued_in_future', -10 * MINUTE],
  ])('tries once more after %s, by the clock of the API', async (code, difference) => {
    const api = await startServer()
    const { client, clock } = openClient(api.origin)
    api.answers.push({ status: 401, code, date: clock.now() + difference })
    const { status, config } = await client.get('/users')

    expect(status).toBe(200)
    expect(claimsOf(api.requests).map(({ iat }) => iat)).toEqual([
      clock.seconds(),
      clock.seconds() + difference / 1000,
    ])
    expect(config).toMatchObject({ renewed: true, issued: { claims: claimsOf(api.requests)[1] } })
  })

  it('tries once more, and never a second time', async () => {
    const api = await startServer()
    const { client, clock } = openClient(api.origin)
    for (let count = 0; count < 5; count++)
      api.answers.push({ status: 401, code: 'token_expired', date: clock.now() + count * MINUTE })
    const error: AxiosError = await client.get('/users').catch((reason) => reason)

    expect(error).toMatchObject({ response: { status: 401, data: { code: 'token_expired' } } })
    expect(error.issued?.claims).toMatchObject(claimsOf(api.requests)[1] ?? {})
    expect(error.config).toBeUndefined()
    expect(api.requests).toHaveLength(2)
  })

  it('tries again when every status counts as a success, too', async () => {
    const api = await startServer()
    const { client, clock } = openClient(api.origin, { validateStatus: () => true })
    for (let count = 0; count < 3; count++)
      api.answers.push({ status: 401, code: 'token_expired', date: clock.now() + MINUTE })
    const { status } = await client.get('/users')

    expect(status).toBe(401)
    expect(api.requests).toHaveLength(2)
    api.answers.splice(0)
    expect((await client.get('/users')).status).toBe(200)
  })

  it.each([
    ['null', 401],
    ['', 401],
    ['no JSON', 401],
    ['{"code":', 401],
    ['null', 403],
  ])('takes the answer %j of %d for a refusal without a code', async (body, status) => {
    const api = await startServer()
    const { client } = openClient(api.origin)
    api.answers.push({ status, body })

    await expect(client.get('/users')).rejects.toMatchObject({ response: { status } })
    expect(api.requests).toHaveLength(1)
  })
})

describe('the code of a refusal is found', () => {
  const BODY = JSON.stringify({ code: 'token_expired' })
  const CHALLENGE = { 'www-authenticate': 'Bearer error="invalid_token", error_description="token_expired"' }
  const GZIPPED = { 'content-encoding': 'gzip' }

  /** How many requests the API gets when it refuses the first one like this. */
  async function requestsAfter(refusal: object, config: object, defaults: CreateAxiosDefaults = {}) {
    const api = await startServer()
    const { client, clock } = openClient(api.origin, defaults)
    api.answers.push({ status: 401, date: clock.now() + MINUTE, ...refusal })
    await client.get('/users', config).catch(() => {})
    return api.requests.length
  }

  it.each(['arraybuffer', 'text', 'json', 'blob', undefined] as const)(
    'in a body that is read as %s',
    async (responseType) => {
      expect(await requestsAfter({ body: BODY }, { responseType })).toBe(2)
    },
  )

  it.each(['arraybuffer', 'text', 'json', 'blob', 'stream', undefined] as const)(
    'in the challenge of an answer that is read as %s',
    async (responseType) => {
      expect(await requestsAfter({ body: '', headers: CHALLENGE }, { responseType })).toBe(2)
    },
  )

  it.each(['arraybuffer', 'blob', 'text'] as const)(
    'by fetch, in a body that is read as %s',
    async (type) => {
      expect(await requestsAfter({ body: BODY }, { responseType: type }, { adapter: 'fetch' })).toBe(2)
    },
  )

  it.each([
    ['that drops the body', () => undefined],
    [
      'that throws',
      () => {
        throw new Error('unexpected answer')
      },
    ],
  ])('before a transformResponse of one’s own %s', async (_, transformResponse) => {
    expect(await requestsAfter({ body: BODY }, { transformResponse })).toBe(2)
  })

  it('in the challenge of a body that is not decompressed', async () => {
    const refusal = { body: gzipSync(BODY), headers: { ...GZIPPED, ...CHALLENGE } }

    expect(await requestsAfter(refusal, { decompress: false })).toBe(2)
    expect(await requestsAfter({ body: gzipSync(BODY), headers: GZIPPED }, {})).toBe(2)
  })

  it.each([
    'Basic realm="api", Bearer error="invalid_token", error_description="token_expired"',
    'Bearer error_description="token_expired",error="invalid_token"',
  ])('in the challenge %s', async (challenge) => {
    expect(await requestsAfter({ body: '', headers: { 'www-authenticate': challenge } }, {})).toBe(2)
  })

  it.each([
    'Bearer error="invalid_token", error_description="The token has expired"',
    'Bearer error="invalid_token"',
  ])('in the body beside the challenge %s', async (challenge) => {
    expect(await requestsAfter({ body: BODY, headers: { 'www-authenticate': challenge } }, {})).toBe(2)
  })

  it('not in a stream without a challenge, which only the caller reads', async () => {
    const api = await startServer()
    const { client } = openClient(api.origin)
    api.answers.push({ status: 401, body: BODY })
    const { data } = await client.get('/users', { responseType: 'stream', validateStatus: () => true })

    expect(await text(data)).toBe(BODY)
    expect(api.requests).toHaveLength(1)
  })
})

describe('a second try', () => {
  it.each([
    ['an object', { item: 'tea', quantity: 2 }, '{"item":"tea","quantity":2}', 'application/json'],
    ['a list', ['tea'], '["tea"]', 'application/json'],
    [
      'a form',
      new URLSearchParams({ item: 'tea & milk' }),
      'item=tea+%26+milk',
      'application/x-www-form-urlencoded;charset=utf-8',
    ],
    [
      'bytes',
      Buffer.from([0, 1, 2, 254]),
      Buffer.from([0, 1, 2, 254]).toString(),
      'application/x-www-form-urlencoded',
    ],
    ['a text', 'täglich Tee', 'täglich Tee', 'application/x-www-form-urlencoded'],
  ])('sends %s as it was', async (_, data, body, type) => {
    const api = await startServer()
    const { client, clock } = openClient(api.origin)
    api.answers.push({ status: 401, code: 'token_expired', date: clock.now() + MINUTE })
    await client.post('/orders?a=1', data, { params: { b: 'x y' }, headers: { 'Idempotency-Key': 'key-1' } })
    const [first, second] = api.requests

    expect(first).toMatchObject({ method: 'POST', body, headers: { 'content-type': type } })
    expect(second).toEqual({
      ...first,
      headers: { ...first?.headers, 'x-token': second?.headers['x-token'] },
    })
  })

  it.each([
    ['nothing', null, ''],
    ['an ArrayBuffer', new Uint8Array([116, 101, 97]).buffer, 'tea'],
    ['a Blob', new Blob(['green ', 'tea'], { type: 'text/tea' }), 'green tea'],
    ['a form with a file', formOf({ item: 'tea', file: new Blob(['leaves']) }), 'leaves'],
  ])('sends %s as it was, over the same connection', async (_, data, body) => {
    const { first, second } = await twice(data)

    expect(first.body).toContain(body)
    expect(second).toEqual(first)
  })

  it.each([
    ['one', (data: object) => JSON.stringify({ sealed: JSON.stringify(data) })],
    ['a list', [(data: object) => JSON.stringify(data), (text: string) => `${text}\n${text.length}`]],
  ])('sends what transformRequest made, and does not apply it again: %s', async (_, transformRequest) => {
    const { first, second } = await twice({ item: 'tea' }, { transformRequest })

    expect(second).toEqual(first)
    expect(Number(second.headers['content-length'])).toBe(Buffer.byteLength(second.body))
  })

  it("keeps the caller's Content-Length", async () => {
    const { first, second } = await twice('tea', { headers: { 'content-length': '3' } })

    expect(second).toEqual(first)
    expect(first).toMatchObject({ body: 'tea', headers: { 'content-length': '3' } })
  })

  it.each([
    ['multipart/form-data; boundary=my-own-boundary', true],
    ['multipart/form-data; Boundary=my-own-boundary', true],
    ['multipart/form-data; boundary=mine', false],
    ['multipart/form-data', false],
  ])('sends a form of the type %s with one boundary', async (type, kept) => {
    const { first, second } = await twice(formOf({ item: 'tea' }), { headers: { 'content-type': type } })

    expect(second).toEqual(first)
    expect(first.body.startsWith('--my-own-boundary')).toBe(kept)
  })

  it("is not changed a second time by the user's own interceptor", async () => {
    const api = await startServer()
    const { client, clock } = openClient(api.origin)
    client.interceptors.request.use((config) => Object.assign(config, { data: { sealed: config.data } }))
    api.answers.push({ status: 401, code: 'token_expired', date: clock.now() + MINUTE })
    await client.post('/orders', { item: 'tea' })

    expect(api.requests.map(({ body }) => body)).toEqual(Array(2).fill('{"sealed":{"item":"tea"}}'))
  })

  it('is recognised when its configuration is used for another request', async () => {
    const api = await startServer()
    const { client, clock } = openClient(api.origin)
    const refused = (minutes: number) => ({
      status: 401,
      code: 'token_expired',
      date: clock.now() + minutes * MINUTE,
    })
    api.answers.push(refused(1))
    const { config } = await client.get('/users')
    expect(config.renewed).toBe(true)
    expect((await client.request(config)).config.renewed).toBe(false)
    api.answers.push(refused(2))
    await client.request(config)

    expect(api.requests).toHaveLength(5)
  })

  it.each([{}, { maxContentLength: 5_000_000 }])(
    'frees the connection of an unread stream: %j',
    async (limit) => {
      const { first, second } = await twice(undefined, { responseType: 'stream', ...limit })

      expect(second).toEqual(first)
    },
  )

  it.each([
    ['a stream of Node', () => Readable.from(['{"item":', '"tea"}']), 'http'],
    ['a stream of the web', () => new Blob(['{"item":"tea"}']).stream(), 'fetch'],
  ])(
    'is not made with %s, which has been read by then; the next request has the right time',
    async (_, open, adapter) => {
      const api = await startServer()
      const { client, clock } = openClient(api.origin, { adapter })
      api.answers.push({ status: 401, code: 'token_expired', date: clock.now() + MINUTE })

      await expect(client.post('/orders', open())).rejects.toMatchObject({ response: { status: 401 } })
      expect(api.requests).toMatchObject([{ body: '{"item":"tea"}' }])
      await client.post('/orders', open())
      expect(claimsOf(api.requests)[1]?.iat).toBe(clock.seconds() + 60)
    },
  )
})

function formOf(fields: Record<string, string | Blob>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  return form
}

/**
 * Both tries of a POST over the only connection of an agent, without their tokens. What one request leaves on the
 * connection would spoil the next, so one more follows.
 */
async function twice(data: unknown, config: AxiosRequestConfig = {}) {
  const httpAgent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => httpAgent.destroy())
  const api = await startServer()
  const { client, clock } = openClient(api.origin, { httpAgent })
  const challenge = 'Bearer error="invalid_token", error_description="token_expired"'
  // Longer than what a stream reads ahead: it ends only when somebody reads it.
  const body = ' '.repeat(4_000_000)
  const date = clock.now() + MINUTE
  api.answers.push({ status: 401, date, body, headers: { 'www-authenticate': challenge } }, { body: '{}' })
  const answer = await client.post('/orders', data, config)
  if (config.responseType === 'stream') await text(answer.data)
  expect(await client.get('/users')).toMatchObject({ status: 200 })
  expect(api.requests).toHaveLength(3)
  const [first, second] = api.requests.map(({ headers: { 'x-token': _, ...headers }, ...seen }) => ({
    ...seen,
    headers,
  }))
  return { first, second } as { first: Seen; second: Seen }
}

type Seen = { body: string; headers: Record<string, unknown> }
