import { once } from 'node:events'
import { Agent, createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { Readable } from 'node:stream'
import { inspect } from 'node:util'
import axios, { type AxiosError } from 'axios'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openClient, startServer } from './axios.fixture.ts'
import { attachTokens } from './axios.ts'

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
      const httpAgent = new Agent({ keepAlive: true, maxSockets: 1 })
      onTestFinished(() => httpAgent.destroy())
      api.answers.push({ status: 403, body: ' '.repeat(4_000_000) })
      const { client } = openClient(api.origin, { httpAgent })
      await expect(client.get('/users', { responseType: 'stream', ...limit })).rejects.toThrow('403')

      expect(await client.get('/users')).toMatchObject({ status: 200 })
    },
  )

  it('still says what was answered, and which token was sent', async () => {
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

  it('holds no token either when the request was given up', async () => {
    const server = createServer(() => controller.abort()).listen(0, '127.0.0.1')
    const controller = new AbortController()
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    await once(server, 'listening')
    const { client, tokens } = openClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const error = await client.get('/users', { signal: controller.signal }).catch((reason) => reason)

    expect(axios.isCancel(error)).toBe(true)
    expect(everythingIn(error)).not.toContain(tokens.issue().token.split('.')[2])
  })

  it('of another kind passes as it is', async () => {
    const fault = new TypeError('not of axios')
    const { client } = openClient('http://127.0.0.1:1')
    const failing = axios.create({ adapter: () => Promise.reject(fault) })
    attachTokens(failing, openClient('http://127.0.0.1:1').tokens)

    await expect(failing.get('http://127.0.0.1:1')).rejects.toBe(fault)
    expect(fault).not.toHaveProperty('issued')
    await expect(client.get('', { baseURL: 'nowhere' })).rejects.toThrow('Invalid URL')
  })

  it.each(['given up', undefined, null])('that is no object passes as it is: %j', async (thrown) => {
    const failing = axios.create({ adapter: () => Promise.reject(thrown) })
    const { tokens } = openClient('http://127.0.0.1:1')
    attachTokens(failing, tokens)

    await expect(failing.get('http://127.0.0.1:1')).rejects.toBe(thrown)
    await expect(failing.get(tokens.audience)).rejects.toBe(thrown)
  })

  it('of an adapter of one’s own that tells no request loses its stream all the same', async () => {
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
