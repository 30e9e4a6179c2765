import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVerifier, openTokenSource, privateKeyFile, type TokenSource } from '@signet/auth'
import { authenticate } from '@signet/auth/express'
import { keyPair } from '@signet/auth/testing'
import { createLog, createServer, listen, logRequests, notFound, sendProblems } from '@signet/service'
import express, { type RequestHandler } from 'express'
import { makeCertificate } from './testing-certificate.ts'

export const APP_ID = 'an-application'
export const silentLog = createLog({ name: 'test', level: 'silent' })

/** A small API over real TLS that really authenticates. `tokens` are those of the one application it knows. */
export type TestApi = {
  url: string
  /** The PEM of its certificate, for whoever is to trust it. */
  ca: string
  tokens: TokenSource
  /** Takes the place of the routes until it is undone with `undefined`. */
  answerWith(handler: RequestHandler | undefined): void
  close(): void
}

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

  const certificate = await makeCertificate()
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

/** Serves an app over HTTP on a free port. */
export async function serve(app: RequestListener): Promise<{ url: string; close(): void }> {
  const server = createServer({ app, log: silentLog })
  const url = `http://localhost:${await listen(server, { host: 'localhost', port: 0 })}`
  return { url, close: () => stop(server) }
}

/** The status of a path that is sent as it stands; `fetch` and axios would first tidy away its dots. */
export async function statusOf(server: string, path: string): Promise<number | undefined> {
  const { hostname, port } = new URL(server)
  const [response] = await once(get({ hostname, port, path }), 'response')
  response.resume()
  return response.statusCode
}

function stop(server: Server): void {
  server.close()
  server.closeAllConnections()
}
