import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVerifier, openTokenSource, privateKeyFile, type TokenSource } from '@signet/auth'
import { authenticate } from '@signet/auth/express'
import { keyPair } from '@signet/auth/testing'
import {
  createLog,
  createReadiness,
  createServer,
  type Log,
  listen,
  logRequests,
  notFound,
  type Readiness,
  type SiteLink,
  sendProblems,
} from '@signet/service'
import { selfSigned } from '@signet/testing/certificates'
import axios from 'axios'
import express, { type RequestHandler } from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

export const APP_ID = 'an-application'
export const silentLog = createLog({ name: 'test', level: 'silent' })

/** A small API over TLS that authenticates its callers. `tokens` belong to the only application that it knows. */
export type TestApi = {
  url: string
  /** The PEM text of its certificate. A client that trusts it can call the API. */
  ca: string
  tokens: TokenSource
  /** Answers all requests with `handler` instead of the routes. `undefined` brings the routes back. */
  answerWith(handler: RequestHandler | undefined): void
  close(): void
}

/** Starts the API on a free port. */
export async function startApi({ routes, permissions = ['*'] }: TestApiOptions): Promise<TestApi> {
  const { keyId, publicKey, privatePem } = keyPair()
  const application = { appId: APP_ID, name: 'app-test', permissions }
  const audiences: string[] = []
  const applications = { find: (appId: string) => (appId === APP_ID ? application : undefined) }
  const keyRing = { keysOf: () => [{ keyId, key: publicKey }] }
  let instead: RequestHandler | undefined

  const app = express()
  app.use(logRequests(silentLog))
  app.use((request, response, next) => (instead ? instead(request, response, next) : next()))
  app.use(authenticate(createVerifier({ applications, keyRing, audiences })))
  app.use((request, response, next) => {
    response.set({ 'x-caller': String(request.caller?.name), RateLimit: '"application";r=41;t=60' })
    response.set('Server-Timing', 'api;dur=0.5')
    next()
  })
  app.use(routes, notFound(), sendProblems({ log: silentLog }))

  const certificate = await selfSigned()
  const server = createServer({ app, certificate, log: silentLog })
  const url = `https://localhost:${await listen(server, { host: 'localhost', port: 0 })}`
  audiences.push(url)

  const folder = mkdtempSync(join(tmpdir(), 'signet-web-'))
  const file = join(folder, privateKeyFile(APP_ID))
  writeFileSync(file, privatePem, { mode: 0o600 })
  return {
    url,
    ca: certificate.cert,
    tokens: openTokenSource({ file, audience: url }),
    answerWith: (handler) => {
      instead = handler
    },
    close: () => {
      stop(server)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

type TestApiOptions = { routes: RequestHandler; permissions?: string[] }

/** Serves an application over HTTP on a free port. */
export async function serve(app: RequestListener): Promise<{ url: string; close(): void }> {
  const server = createServer({ app, log: silentLog })
  const url = `http://localhost:${await listen(server, { host: 'localhost', port: 0 })}`
  return { url, close: () => stop(server) }
}

/** The status of the answer to a path that is sent unchanged. `fetch` and axios would remove the dots from it. */
export async function statusOf(server: string, path: string): Promise<number | undefined> {
  const { hostname, port } = new URL(server)
  const [response] = await once(get({ hostname, port, path }), 'response')
  response.resume()
  return response.statusCode
}

/** The parts of an application that all web servers have. */
export type ShellParts = { readiness: Readiness; log: Log; publicHosts?: string[]; links?: SiteLink[] }

/**
 * Runs the tests of what every web server does in the same way, before a request comes to its own routes. `createApp` is
 * called in the tests. `breakApi` makes the API unreachable for the rest of one test.
 */
export function testShell(
  createApp: (parts: ShellParts) => RequestListener,
  { breakApi = () => {} } = {},
): void {
  describe('the common parts of a web server', () => {
    const readiness = createReadiness({ checks: {}, log: silentLog })
    const links = [{ name: 'another service', url: 'http://localhost:3009' }]
    const publicHosts = ['pages.example']
    let plain: Served
    let configured: Served

    beforeAll(async () => {
      plain = await serve(createApp({ readiness, log: silentLog }))
      configured = await serve(createApp({ readiness, log: silentLog, publicHosts, links }))
    })
    afterAll(() => {
      plain?.close()
      configured?.close()
    })

    const browser = axios.create({ headers: { accept: 'text/html' }, validateStatus: null })
    const get = (path: string) => browser.get(plain.url + path)

    it('serves the stylesheet, and sends the security headers with every answer', async () => {
      expect((await get('/assets/signet.css')).status).toBe(200)
      for (const path of ['/', '/nowhere', '/healthz']) {
        const { headers } = await get(path)
        expect(headers['content-security-policy']).toContain("default-src 'none'")
        expect(headers).not.toHaveProperty('x-powered-by')
      }
    })

    it('tells probes that it is healthy, also while the API cannot be reached', async () => {
      breakApi()
      expect((await get('/healthz')).status).toBe(200)
      expect((await get('/readyz')).status).toBe(200)
    })

    it('links to the other services only if it is configured to', async () => {
      expect((await browser.get(configured.url)).data).toContain('href="http://localhost:3009"')
      expect((await get('/')).data).not.toContain('localhost:3009')
    })

    it('refuses posts from other sites', async () => {
      const headers = { 'sec-fetch-site': 'cross-site' }
      expect((await browser.post(plain.url, '', { headers })).status).toBe(403)
    })

    describe('the host name of a request', () => {
      const ask = (path: string, host: string, accept = 'text/html') =>
        browser.get(configured.url + path, { headers: { host, accept } })

      it.each(['pages.example', '127.0.0.1:3001'])('may be that of %s', async (host) => {
        expect((await ask('/', host)).status).toBe(200)
      })

      it('gets no page if it is not localhost and not in PUBLIC_HOSTS', async () => {
        const refused = await ask('/', 'rebinding.example')
        const problem = await ask('/', 'rebinding.example', 'application/json')

        expect(refused.status).toBe(421)
        expect(refused.data).toContain('<code>host_not_allowed</code>')
        expect(refused.data).toContain('PUBLIC_HOSTS')
        expect(refused.data).not.toContain('href="/">First page')
        expect(problem).toMatchObject({ status: 421, data: { code: 'host_not_allowed' } })
      })

      it.each([
        ['/healthz', '10.1.2.3:3001'],
        ['/readyz', 'app.namespace.svc'],
        ['/assets/signet.css', 'rebinding.example'],
      ])('does not matter for %s', async (path, host) => {
        expect((await ask(path, host)).status).toBe(200)
      })
    })
  })
}

type Served = Awaited<ReturnType<typeof serve>>

function stop(server: Server): void {
  server.close()
  server.closeAllConnections()
}
