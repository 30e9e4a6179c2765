import { once } from 'node:events'
import { renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { inspect } from 'node:util'
import { selfSigned } from '@signet/testing/certificates'
import { describe, expect, it, onTestFinished } from 'vitest'
import { CLIENTS, openTokens, startServer } from '../test/clients.ts'
import { createClock, keyPair } from './testing.ts'
import { readToken } from './token.ts'

const MINUTE = 60_000

describe.each(Object.entries(CLIENTS))('%s with tokens', (_, openClient) => {
  /** An API, and a client with tokens for it. */
  async function open(server?: Parameters<typeof startServer>[0]) {
    const api = await startServer(server)
    const { tokens, clock, file } = openTokens(api.origin)
    return { api, tokens, clock, file, send: openClient(tokens) }
  }

  it.each<[string, (origin: string) => [audience: string, url: string]]>([
    ['a port that begins like that of the API', (origin) => [origin.slice(0, -1), origin]],
    ['a port that ends like that of the API', (origin) => [origin.replace(/:\d(\d*)$/, ':$1'), origin]],
    ['another port than the default one', (origin) => ['http://127.0.0.1', origin]],
    ['another protocol', (origin) => [origin.replace('http:', 'https:'), origin]],
    [
      'the origin of the API in its path',
      (origin) => ['http://127.0.0.1:3000', `${origin}/http://127.0.0.1:3000`],
    ],
  ])('sends no token to %s', async (_what, similar) => {
    const elsewhere = await startServer()
    const [audience, url] = similar(elsewhere.origin)
    // An audience is an origin as URL spells it: without a zero before its port, for example.
    const { tokens } = openTokens(new URL(audience).origin)
    await openClient(tokens)(url)

    expect(elsewhere.requests).toHaveLength(1)
    expect(elsewhere.requests[0]?.headers).not.toHaveProperty('x-token')
  })

  it('sends the token to the API, in x-token and nowhere else', async () => {
    const { api, tokens, send } = await open()
    await send(`${api.origin}/users?limit=1`)
    const { token } = tokens.issue()

    expect(api.requests).toMatchObject([
      { method: 'GET', url: '/users?limit=1', headers: { 'x-token': token } },
    ])
    expect(JSON.stringify(api.requests).split(token)).toHaveLength(2)
  })

  it('reuses one token for parallel requests', async () => {
    const { api, send } = await open()
    await Promise.all(Array.from({ length: 10 }, () => send(api.origin)))

    expect(new Set(api.requests.map(({ headers }) => headers['x-token'])).size).toBe(1)
  })

  it('replaces an x-token header of the caller, and keeps its other headers', async () => {
    const { api, tokens, send } = await open()
    await send(api.origin, { headers: { 'X-Token': 'mine', 'Idempotency-Key': 'key-1' } })

    expect(api.requests[0]?.headers).toMatchObject({
      'x-token': tokens.issue().token,
      'idempotency-key': 'key-1',
    })
  })

  it('sends no token to another host', async () => {
    const { api, send } = await open()
    const elsewhere = await startServer()
    await send(`${elsewhere.origin}/users`)
    await send(`${api.origin.replace('127.0.0.1', 'localhost')}/users`).catch(() => {})

    expect(elsewhere.requests).toHaveLength(1)
    expect([...elsewhere.requests, ...api.requests].filter(({ headers }) => 'x-token' in headers)).toEqual([])
  })

  it.each(['http://127.0.0.1:1', 'https://127.0.0.1:PORT', 'http://localhost:PORT'])(
    'sends no token when its tokens are for %s, whose origin is another',
    async (audience) => {
      const api = await startServer()
      const { tokens } = openTokens(audience.replace('PORT', String(api.port)))
      await openClient(tokens)(api.origin)

      expect(api.requests[0]?.headers).not.toHaveProperty('x-token')
    },
  )

  it.each([301, 302, 303, 307, 308])(
    'returns a redirect %d of the API as the answer, and does not follow it',
    async (status) => {
      const { api, send } = await open()
      const elsewhere = await startServer()
      api.answers.push({ status, headers: { location: `${elsewhere.origin}/users` } })

      expect(await send(api.origin)).toMatchObject({ status })
      expect([api.requests.length, elsewhere.requests.length]).toEqual([1, 0])
    },
  )

  it.each(['token_expired', 'rate_limited'])(
    'is served by each replica in turn, though the clock of one is ten minutes ahead and it answers %s',
    async (code) => {
      const { api, clock, send } = await open({
        answerTo: ({ headers }) => {
          const date = clock.now() + (api.requests.length % 2 === 1 ? 10 * MINUTE : 0)
          const { iat, exp } = readToken(String(headers['x-token'])).claims
          const isValid = date < (exp + 5) * 1000 && date >= (iat - 5) * 1000
          return { date, ...(!isValid && { status: code === 'rate_limited' ? 429 : 401, code }) }
        },
      })
      await send(api.origin)
      const statuses = []
      for (let i = 0; i < 20; i++) statuses.push((await send(api.origin)).status)

      expect(statuses).toEqual(Array(20).fill(200))
    },
  )

  describe('over TLS', () => {
    const localhost = (port: number) => `https://localhost:${port}`

    it('sends the token to the API whose authority it was given', async () => {
      const tls = await selfSigned()
      const { port, requests } = await startServer({ tls })
      const { tokens } = openTokens(localhost(port))
      const send = openClient(tokens, { ca: tls.cert })
      await send(tokens.audience)
      await send(tokens.audience)

      expect(requests.filter(({ headers }) => 'x-token' in headers)).toHaveLength(2)
    })

    it.each(['no authority', 'another authority'])(
      'sends nothing to an API whose certificate is of %s that it knows',
      async (known) => {
        const { port, requests } = await startServer({ tls: await selfSigned() })
        const { tokens } = openTokens(localhost(port))
        const options = known === 'no authority' ? {} : { ca: (await selfSigned('another')).cert }
        const error: unknown = await openClient(tokens, options)(tokens.audience).catch((reason) => reason)

        expect(everythingIn(error)).toContain('self-signed certificate')
        expect(requests).toEqual([])
      },
    )
  })

  describe('an error', () => {
    it('holds no token when there was no answer', async () => {
      const server = createTcpServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
      onTestFinished(() => void server.close())
      await once(server, 'listening')
      const { tokens } = openTokens(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
      const error: unknown = await openClient(tokens)(tokens.audience).catch((reason) => reason)

      expect(error).toBeInstanceOf(Error)
      expect(everythingIn(error)).not.toContain(tokens.issue().token.split('.')[2])
    })

    it('holds no token when the request was given up', async () => {
      const controller = new AbortController()
      const server = createServer(() => controller.abort()).listen(0, '127.0.0.1')
      onTestFinished(() => {
        server.closeAllConnections()
        server.close()
      })
      await once(server, 'listening')
      const { tokens } = openTokens(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
      const { signal } = controller
      const error: unknown = await openClient(tokens)(tokens.audience, { signal }).catch((reason) => reason)

      expect(String(error)).toMatch(/abort|cancel/i)
      expect(everythingIn(error)).not.toContain(tokens.issue().token.split('.')[2])
    })
  })

  describe('after a refusal', () => {
    it.each([
      ['token_expired', 10 * MINUTE],
      ['token_issued_in_future', -10 * MINUTE],
    ])('tries once more after %s, by the clock of the API', async (code, difference) => {
      const { api, clock, send } = await open()
      api.answers.push({ status: 401, code, date: clock.now() + difference })

      expect(await send(api.origin)).toMatchObject({ status: 200 })
      expect(claimsOf(api.requests).map(({ iat }) => iat)).toEqual([
        clock.seconds(),
        clock.seconds() + difference / 1000,
      ])
    })

    it('tries once more, and never a second time', async () => {
      const { api, clock, send } = await open()
      for (let count = 0; count < 5; count++)
        api.answers.push({ status: 401, code: 'token_expired', date: clock.now() + count * MINUTE })

      expect(await send(api.origin)).toEqual({ status: 401, body: '{"code":"token_expired"}' })
      expect(api.requests).toHaveLength(2)
    })

    it('tries again for the next request, too', async () => {
      const { api, clock, send } = await open()
      for (const difference of [MINUTE, 2 * MINUTE]) {
        api.answers.push({ status: 401, code: 'token_expired', date: clock.now() + difference })
        expect(await send(api.origin)).toMatchObject({ status: 200 })
      }

      expect(api.requests).toHaveLength(4)
    })

    it('shares one renewal among parallel requests', async () => {
      const refused = { status: 401, code: 'token_expired', date: createClock().now() + MINUTE }
      const { api, send } = await open({
        answerTo: ({ headers }) =>
          headers['x-token'] === api.requests[0]?.headers['x-token'] ? refused : {},
      })
      const answers = await Promise.all(Array.from({ length: 8 }, () => send(api.origin)))

      expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200))
      expect(new Set(claimsOf(api.requests).map(({ jti }) => jti)).size).toBe(2)
    })

    it('does not try again when the clocks differ too much', async () => {
      const { api, clock, send } = await open()
      api.answers.push({ status: 401, code: 'token_expired', date: clock.now() + 16 * MINUTE })

      expect(await send(api.origin)).toMatchObject({ status: 401 })
      expect(api.requests).toHaveLength(1)
    })

    it('tries again after token_rejected when the key file has changed', async () => {
      const { api, file, send } = await open()
      await send(api.origin)
      writeFileSync(`${file}.new`, keyPair('two').privatePem)
      renameSync(`${file}.new`, file)
      api.answers.push({ status: 401, code: 'token_rejected' })

      expect(await send(api.origin)).toMatchObject({ status: 200 })
      expect(partOf(api.requests[2], 0)).toMatchObject({ kid: keyPair('two').keyId })
    })

    it.each([
      [400, 'token_expired'],
      [403, 'token_expired'],
      [503, 'token_expired'],
      [401, 'audience_mismatch'],
      [401, 'token_rejected'],
      [401, undefined],
    ])('does not try again after %d %s', async (status, code) => {
      const { api, clock, send } = await open()
      api.answers.push({ status, ...(code && { code }), date: clock.now() + MINUTE })

      expect(await send(api.origin)).toEqual({ status, body: JSON.stringify({ code }) })
      expect(api.requests).toHaveLength(1)
    })

    it('does not try again where it sent no token', async () => {
      const { clock, send } = await open()
      const elsewhere = await startServer()
      elsewhere.answers.push({ status: 401, code: 'token_expired', date: clock.now() + MINUTE })

      expect(await send(elsewhere.origin)).toMatchObject({ status: 401 })
      expect(elsewhere.requests).toHaveLength(1)
    })

    it.each(['null', '', 'no JSON', '{"code":'])(
      'takes the answer %j for a refusal without a code',
      async (body) => {
        const { api, send } = await open()
        api.answers.push({ status: 401, body })

        expect(await send(api.origin)).toEqual({ status: 401, body })
        expect(api.requests).toHaveLength(1)
      },
    )

    it('tries once more where the answer has no body', async () => {
      const { api, clock, send } = await open()
      const headers = { 'www-authenticate': 'Bearer error_description="token_expired"' }
      api.answers.push({ status: 401, date: clock.now() + MINUTE, headers })

      expect(await send(api.origin, { method: 'HEAD' })).toMatchObject({ status: 200 })
      expect(api.requests).toHaveLength(2)
    })

    it.each([
      'Bearer error="invalid_token", error_description="token_expired"',
      'Basic realm="api", Bearer error="invalid_token", error_description="token_expired"',
      'Bearer error_description="token_expired",error="invalid_token"',
    ])('finds the code in the challenge %s', async (challenge) => {
      const { api, clock, send } = await open()
      const date = clock.now() + MINUTE
      api.answers.push({ status: 401, body: '', date, headers: { 'www-authenticate': challenge } })

      expect(await send(api.origin)).toMatchObject({ status: 200 })
    })
  })

  describe('a second try', () => {
    it.each([
      ['nothing', null, ''],
      ['a text', 'täglich Tee', 'täglich Tee'],
      ['bytes', Uint8Array.of(116, 101, 97), 'tea'],
      ['an ArrayBuffer', Uint8Array.of(116, 101, 97).buffer, 'tea'],
      ['a Blob', new Blob(['green ', 'tea']), 'green tea'],
      ['a form', new URLSearchParams({ item: 'tea & milk' }), 'item=tea+%26+milk'],
    ])('sends %s as it was', async (_, body, sent) => {
      const { api, clock, send } = await open()
      api.answers.push({ status: 401, code: 'token_expired', date: clock.now() + MINUTE })
      await send(`${api.origin}/orders?a=1`, {
        method: 'POST',
        body,
        headers: { 'Idempotency-Key': 'key-1' },
      })
      const [first, second] = api.requests

      expect(first).toMatchObject({ method: 'POST', body: sent, headers: { 'idempotency-key': 'key-1' } })
      expect(second).toEqual({
        ...first,
        headers: { ...first?.headers, 'x-token': second?.headers['x-token'] },
      })
    })

    it('sends a form with a file again', async () => {
      const { api, clock, send } = await open()
      const body = new FormData()
      body.set('file', new Blob(['leaves']))
      api.answers.push({ status: 401, code: 'token_expired', date: clock.now() + MINUTE })
      await send(api.origin, { method: 'POST', body })

      expect(api.requests.map(({ body }) => /\r\n\r\n(.*)\r\n--/.exec(body)?.[1])).toEqual([
        'leaves',
        'leaves',
      ])
    })

    it('is not made with a stream, which has been read by then; the next request has the right time', async () => {
      const { api, clock, send } = await open()
      const post = () => send(api.origin, { method: 'POST', body: new Blob(['tea']).stream() })
      api.answers.push({ status: 401, code: 'token_expired', date: clock.now() + MINUTE })

      expect(await post()).toMatchObject({ status: 401 })
      expect(api.requests).toMatchObject([{ body: 'tea' }])
      await post()
      expect(claimsOf(api.requests)[1]?.iat).toBe(clock.seconds() + 60)
    })
  })
})

type Seen = { headers: { [name: string]: unknown } }

function partOf(request: Seen | undefined, part: 0 | 1) {
  const text = String(request?.headers['x-token']).split('.')[part] as string
  return JSON.parse(Buffer.from(text, 'base64url').toString())
}

/** The token IDs and issue times that the API was shown, in order. */
function claimsOf(requests: Seen[]): { jti: string; iat: number }[] {
  return requests.map((request) => partOf(request, 1))
}

function everythingIn(error: unknown): string {
  return inspect(error, { depth: 30, showHidden: true })
}
