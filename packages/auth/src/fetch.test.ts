import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { selfSigned } from '@signet/testing/certificates'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { openTokens, startServer } from '../test/clients.ts'
import { createFetch } from './fetch.ts'

describe('fetch with tokens', () => {
  it('takes a Request, with its headers and its body', async () => {
    const api = await startServer()
    const { tokens } = openTokens(api.origin)
    const headers = { a: 'b', 'x-token': 'mine' }
    await createFetch(tokens)(new Request(api.origin, { method: 'POST', body: 'tea', headers }))

    const { token } = tokens.issue()
    expect(api.requests).toMatchObject([
      { method: 'POST', body: 'tea', headers: { a: 'b', 'x-token': token } },
    ])
  })

  it.each([
    ['once more if it has no body', undefined, 2],
    ['only once if it has a body, which has been read', 'tea', 1],
  ])('sends a Request %s', async (_, body, count) => {
    const api = await startServer()
    const { tokens, clock } = openTokens(api.origin)
    api.answers.push({ status: 401, code: 'token_expired', date: clock.now() + 60_000 })
    await createFetch(tokens)(new Request(api.origin, { method: 'POST', ...(body && { body }) }))

    expect(api.requests).toHaveLength(count)
  })

  it('does not follow redirects of the API when told to, and fails at them when told to', async () => {
    const [api, elsewhere] = [await startServer(), await startServer()]
    const send = createFetch(openTokens(api.origin).tokens)
    const redirect = { status: 307, headers: { location: elsewhere.origin } }
    api.answers.push(redirect, redirect)

    expect(await send(api.origin, { redirect: 'follow' })).toMatchObject({ status: 307 })
    await expect(send(api.origin, { redirect: 'error' })).rejects.toThrow('fetch failed')
    expect(elsewhere.requests).toEqual([])
  })

  it('follows redirects of another host, without a token', async () => {
    const [api, elsewhere] = [await startServer(), await startServer()]
    elsewhere.answers.push({ status: 307, headers: { location: api.origin } })
    const response = await createFetch(openTokens(api.origin).tokens)(elsewhere.origin)

    expect(response).toMatchObject({ status: 200, redirected: true })
    expect(api.requests[0]?.headers).not.toHaveProperty('x-token')
  })

  it('checks the certificate of the API when certificates are not checked by default', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    onTestFinished(() => void vi.unstubAllEnvs())
    const { port, requests } = await startServer({ tls: await selfSigned() })
    const { tokens } = openTokens(`https://localhost:${port}`)
    const { cert: ca } = await selfSigned('another')

    await expect(createFetch(tokens, { ca })(tokens.audience)).rejects.toThrow('fetch failed')
    expect(requests).toEqual([])
  })

  it('frees the connection of a refusal that is not read', async () => {
    const headers = { 'www-authenticate': 'Bearer error_description="token_expired"' }
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    const server = createServer()
    server.once('request', (_req, refusal) => {
      server.once('request', (_req, answer) => void answer.end())
      // The body of the refusal never ends.
      refusal.on('close', resolve).writeHead(401, headers).write('…')
    })
    server.listen(0, '127.0.0.1')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    await once(server, 'listening')
    const { tokens } = openTokens(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const send = createFetch({ ...tokens, renew: () => true })

    expect(await send(tokens.audience)).toMatchObject({ status: 200 })
    await closed
  })
})
