import { renameSync, writeFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import type { AxiosError } from 'axios'
import { describe, expect, it } from 'vitest'
import { openClient, startServer } from './axios.fixture.ts'
import { createClock, keyPair } from './testing.ts'

const MINUTE = 60_000

/** The token IDs and issue times that the API was shown, in order. */
function claimsOf(requests: { headers: { [name: string]: unknown } }[]): { jti: string; iat: number }[] {
  return requests.map(({ headers }) => {
    const payload = String(headers['x-token']).split('.')[1] as string
    return JSON.parse(Buffer.from(payload, 'base64url').toString())
  })
}

function replaceKey(file: string): void {
  writeFileSync(`${file}.new`, keyPair('two').privatePem)
  renameSync(`${file}.new`, file)
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

  it('tries again for the next request, too', async () => {
    const api = await startServer()
    const { client, clock } = openClient(api.origin)
    for (const difference of [MINUTE, 2 * MINUTE]) {
      api.answers.push({ status: 401, code: 'token_expired', date: clock.now() + difference })
      expect((await client.get('/users')).status).toBe(200)
    }

    expect(api.requests).toHaveLength(4)
  })

  it('shares one renewal among parallel requests', async () => {
    const clock = createClock()
    const refused = { status: 401, code: 'token_expired', date: clock.now() + MINUTE }
    const api = await startServer({
      answerTo: ({ headers }) => (headers['x-token'] === api.requests[0]?.headers['x-token'] ? refused : {}),
    })
    const { client } = openClient(api.origin)
    const answers = await Promise.all(Array.from({ length: 8 }, () => client.get('/users')))

    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200))
    expect(new Set(claimsOf(api.requests).map(({ jti }) => jti)).size).toBe(2)
  })

  it('does not try again when the clocks differ too much', async () => {
    const api = await startServer()
    const { client, clock } = openClient(api.origin)
    api.answers.push({ status: 401, code: 'token_expired', date: clock.now() + 16 * MINUTE })

    await expect(client.get('/users')).rejects.toMatchObject({ response: { status: 401 } })
    expect(api.requests).toHaveLength(1)
  })

  it('tries again after token_rejected when the key file has changed', async () => {
    const api = await startServer()
    const { client, file } = openClient(api.origin)
    await client.get('/users')
    replaceKey(file)
    api.answers.push({ status: 401, code: 'token_rejected' })
    const { config } = await client.get('/users')

    expect(config.issued?.header.kid).toBe(keyPair('two').keyId)
    expect(api.requests).toHaveLength(3)
  })

  it('does not try again after token_rejected when it has not', async () => {
    const api = await startServer()
    const { client } = openClient(api.origin)
    api.answers.push({ status: 401, code: 'token_rejected' })

    await expect(client.get('/users')).rejects.toMatchObject({ response: { status: 401 } })
    expect(api.requests).toHaveLength(1)
  })

  it.each([
    [400, 'token_expired'],
    [403, 'token_expired'],
    [503, 'token_expired'],
    [401, 'audience_mismatch'],
    [401, 'token_malformed'],
    [401, undefined],
  ])('does not try again after %d %s', async (status, code) => {
    const api = await startServer()
    const { client, clock } = openClient(api.origin)
    api.answers.push({ status, ...(code && { code }), date: clock.now() + MINUTE })

    await expect(client.get('/users')).rejects.toMatchObject({ response: { status } })
    expect(api.requests).toHaveLength(1)
  })

  it('does not try again where it sent no token', async () => {
    const [api, elsewhere] = [await startServer(), await startServer()]
    const { client, clock } = openClient(api.origin)
    elsewhere.answers.push({ status: 401, code: 'token_expired', date: clock.now() + MINUTE })

    await expect(client.get('/users', { baseURL: elsewhere.origin })).rejects.toMatchObject({
      response: { status: 401 },
    })
    expect(elsewhere.requests).toHaveLength(1)
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
    ['null', 403],
  ])('takes the answer %j of %d for a refusal without a code', async (body, status) => {
    const api = await startServer()
    const { client } = openClient(api.origin)
    api.answers.push({ status, body })

    await expect(client.get('/users')).rejects.toMatchObject({ response: { status } })
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

  it('is not made with a stream, which has been read by then', async () => {
    const api = await startServer()
    const { client, clock } = openClient(api.origin)
    api.answers.push({ status: 401, code: 'token_expired', date: clock.now() + MINUTE })
    const data = Readable.from(['{"item":', '"tea"}'])

    await expect(client.post('/orders', data)).rejects.toMatchObject({ response: { status: 401 } })
    expect(api.requests).toMatchObject([{ body: '{"item":"tea"}' }])
  })
})
