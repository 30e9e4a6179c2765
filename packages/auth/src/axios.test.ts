import { once } from 'node:events'
import { Agent as HttpAgent } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { Readable } from 'node:stream'
import { inspect } from 'node:util'
import axios, { type AxiosError } from 'axios'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { openClient, startServer } from '../test/clients.ts'
import { attachTokens } from './axios.ts'

describe('a client with tokens', () => {
  it('shows on the response the token that was sent, without its signature', async () => {
    const api = await startServer()
    const { client } = openClient(api.origin)
    const { config } = await client.get('/users')

    expect(config.issued).toMatchObject({
      header: { alg: 'RS512' },
      claims: { appId: 'id-1', aud: api.origin },
      reused: false,
    })
    expect(config.issued).not.toHaveProperty('token')
    expect((await client.get('/users')).config.issued?.reused).toBe(true)
  })
})

describe('the token is sent to the API only', () => {
  it('when a request has an absolute URL of another host, which is then asked of the API', async () => {
    const [api, elsewhere] = [await startServer(), await startServer()]
    const { client } = openClient(api.origin)
    await client.get(`${elsewhere.origin}/users`, { allowAbsoluteUrls: true })

    expect(elsewhere.requests).toEqual([])
    expect(api.requests).toHaveLength(1)
  })

  it('when a request has another base URL', async () => {
    const [api, elsewhere] = [await startServer(), await startServer()]
    const { client } = openClient(api.origin)
    const { config } = await client.get('/users', { baseURL: elsewhere.origin })

    expect(elsewhere.requests[0]?.headers).not.toHaveProperty('x-token')
    expect(config.issued).toBeUndefined()
  })

  it('when the client has no base URL and calls another host', async () => {
    const [api, elsewhere] = [await startServer(), await startServer()]
    const { client } = openClient(api.origin, { baseURL: '' })
    await client.get(`${elsewhere.origin}/users`)
    await client.get(`${api.origin}/users`)

    expect(elsewhere.requests[0]?.headers).not.toHaveProperty('x-token')
    expect(api.requests[0]?.headers).toHaveProperty('x-token')
  })

  it('when a user name in the URL looks like the API', async () => {
    const [api, elsewhere] = [await startServer(), await startServer()]
    const { client } = openClient(api.origin, { baseURL: '' })
    await client.get(`${api.origin}@127.0.0.1:${elsewhere.port}/users`)

    expect(elsewhere.requests).toHaveLength(1)
    expect(elsewhere.requests[0]?.headers).not.toHaveProperty('x-token')
  })

  it('when an interceptor that is called last changes the URL', async () => {
    const [api, elsewhere] = [await startServer(), await startServer()]
    const { tokens } = openClient(api.origin)
    const client = axios.create({ baseURL: api.origin })
    client.interceptors.request.use((config) => {
      const { baseURL: _, ...rest } = config
      return { ...rest, url: `${elsewhere.origin}/users` }
    })
    attachTokens(client, tokens)
    await client.get('/users')

    expect(elsewhere.requests).toHaveLength(1)
    expect(elsewhere.requests[0]?.headers).not.toHaveProperty('x-token')
  })

  it('when two APIs have a token source each: each gets its own', async () => {
    const [api, other] = [await startServer(), await startServer()]
    const { client, tokens } = openClient(api.origin)
    const second = openClient(other.origin).tokens
    attachTokens(client, second)
    const answers = [await client.get('/users'), await client.get('/users', { baseURL: other.origin })]

    expect(api.requests[0]?.headers['x-token']).toBe(tokens.issue().token)
    expect(other.requests[0]?.headers['x-token']).toBe(second.issue().token)
    expect(answers.map(({ config }) => config.issued?.claims.aud)).toEqual([api.origin, other.origin])
  })

  it('when a request has its own adapter', async () => {
    const api = await startServer()
    const { client } = openClient(api.origin)
    await client.get('/users', { adapter: 'http' })

    expect(api.requests[0]?.headers).not.toHaveProperty('x-token')
  })

  it.each(['', '//', '/\\', '@', '.', '..//', '///'])(
    'when a path begins with %j before the name of another host',
    async (prefix) => {
      const [api, elsewhere] = [await startServer(), await startServer()]
      const { client } = openClient(api.origin)
      await client.get(`${prefix}127.0.0.1:${elsewhere.port}/users`)

      expect(elsewhere.requests).toEqual([])
      expect(api.requests).toHaveLength(1)
    },
  )

  it('when the API redirects, and the redirect is returned as the answer', async () => {
    const [api, elsewhere] = [await startServer(), await startServer()]
    const { client } = openClient(api.origin)
    api.answers.push({ status: 302, headers: { location: `${elsewhere.origin}/users` } })
    const error = await client.get('/users', { maxRedirects: 5 }).catch((reason: AxiosError) => reason)

    expect(error).toMatchObject({ response: { status: 302 } })
    expect(elsewhere.requests).toEqual([])
  })

  it.each(['HTTP_PROXY', 'http_proxy', 'ALL_PROXY'])('when %s names a proxy', async (variable) => {
    const [api, proxy] = [await startServer(), await startServer()]
    for (const name of ['NO_PROXY', 'no_proxy']) vi.stubEnv(name, undefined)
    vi.stubEnv(variable, proxy.origin)
    onTestFinished(() => void vi.unstubAllEnvs())
    const { client } = openClient(api.origin)
    await axios.get(`${api.origin}/users`)
    expect(proxy.requests).toHaveLength(1)
    await client.get('/users')

    expect(proxy.requests).toHaveLength(1)
    expect(api.requests).toHaveLength(1)
  })

  it('when a request names a proxy', async () => {
    const [api, proxy] = [await startServer(), await startServer()]
    const { client } = openClient(api.origin)
    await client.get('/users', { proxy: { host: '127.0.0.1', port: proxy.port } })

    expect(proxy.requests).toEqual([])
  })
})

describe('an error', () => {
  async function failWith(config: object, { status = 403 } = {}) {
    const api = await startServer()
    api.answers.push({ status, code: 'permission_denied' })
    const { client, tokens } = openClient(api.origin)
    const error = await client.post('/orders', { item: 'tea' }, config).catch((reason: AxiosError) => reason)
    return { error: error as AxiosError, signature: tokens.issue().token.split('.')[2] as string }
  }

  const everythingIn = (error: unknown) => inspect(error, { depth: 30, showHidden: true })

  it.each(['json', 'text', 'arraybuffer', 'stream'] as const)(
    'holds no token, wherever one looks, when the answer is read as %s',
    async (responseType) => {
      const { error, signature } = await failWith({ responseType })

      expect(error.response?.status).toBe(403)
      expect(JSON.stringify(error)).not.toContain(signature)
      expect(everythingIn(error)).not.toContain(signature)
    },
  )

  it.each([{}, { maxContentLength: 5_000_000 }])(
    'frees the connection of an answer that is read as a stream: %j',
    async (limit) => {
      const api = await startServer()
      const httpAgent = new HttpAgent({ keepAlive: true, maxSockets: 1 })
      onTestFinished(() => httpAgent.destroy())
      api.answers.push({ status: 403, body: ' '.repeat(4_000_000) })
      const { client } = openClient(api.origin, { httpAgent })
      await expect(client.get('/users', { responseType: 'stream', ...limit })).rejects.toThrow('403')

      expect(await client.get('/users')).toMatchObject({ status: 200 })
    },
  )

  it("still holds the answer and the token's header and claims", async () => {
    const { error } = await failWith({})

    expect(axios.isAxiosError(error)).toBe(true)
    expect(error.response).toMatchObject({
      status: 403,
      data: { code: 'permission_denied' },
      headers: { 'content-type': 'application/problem+json' },
    })
    expect(error.issued).toMatchObject({ claims: { appId: 'id-1' }, reused: false })
    expect(Object.keys({ ...error, ...error.response })).not.toContain('config')
    expect(Object.keys({ ...error, ...error.response })).not.toContain('request')
  })

  it('holds no token either when there was no answer', async () => {
    const server = createTcpServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { client, tokens } = openClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const error: AxiosError = await client.get('/users').catch((reason) => reason)

    expect(error).toMatchObject({ code: 'ECONNRESET', issued: { claims: { appId: 'id-1' } } })
    expect(error.response).toBeUndefined()
    expect(everythingIn(error)).not.toContain(tokens.issue().token.split('.')[2])
  })

  it('of another kind is not changed', async () => {
    const fault = new TypeError('not of axios')
    const { client } = openClient('http://127.0.0.1:1')
    const failing = axios.create({ adapter: () => Promise.reject(fault) })
    attachTokens(failing, openClient('http://127.0.0.1:1').tokens)

    await expect(failing.get('http://127.0.0.1:1')).rejects.toBe(fault)
    expect(fault).not.toHaveProperty('issued')
    await expect(client.get('', { baseURL: 'nowhere' })).rejects.toThrow('Invalid URL')
  })

  it.each(['given up', undefined, null])('that is not an object is not changed: %j', async (thrown) => {
    const failing = axios.create({ adapter: () => Promise.reject(thrown) })
    const { tokens } = openClient('http://127.0.0.1:1')
    attachTokens(failing, tokens)

    await expect(failing.get('http://127.0.0.1:1')).rejects.toBe(thrown)
    await expect(failing.get(tokens.audience)).rejects.toBe(thrown)
  })

  it("of the user's own adapter, without a request, loses its stream, too", async () => {
    const data = Readable.from(['no', 'body'])
    const failing = axios.create({
      adapter: () => Promise.reject({ response: { status: 403, data, headers: {} } }),
    })
    const { tokens } = openClient('http://127.0.0.1:1')
    attachTokens(failing, tokens)

    await expect(failing.get(tokens.audience, { transformResponse: [] })).rejects.toHaveProperty(
      'response.status',
      403,
    )
    expect(data.destroyed).toBe(true)
  })
})
