import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import { Agent, createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import axios, { type CreateAxiosDefaults } from 'axios'
import { onTestFinished } from 'vitest'
import { attachTokens } from '../src/axios.ts'
import { createFetch } from '../src/fetch.ts'
import { createClock, keyPair } from '../src/testing.ts'
import { openTokenSource, type TokenSource } from '../src/token-source.ts'

type Seen = {
  method?: string | undefined
  url?: string | undefined
  headers: IncomingHttpHeaders
  body: string
}
type ServerOptions = { tls?: { key: string; cert: string }; answerTo?: (request: Seen) => Answer }
type Answer = {
  status?: number
  code?: string
  date?: number
  body?: string | Buffer
  headers?: Record<string, string>
}

/**
 * A real server on a free port that keeps what it was sent and answers as told: by `answerTo`, else by the next of
 * `answers`, else with 200. It is gone when the test is.
 */
export async function startServer({ tls, answerTo }: ServerOptions = {}) {
  const requests: Seen[] = []
  const answers: Answer[] = []
  const listener: RequestListener = async (req, res) => {
    const { method, url, headers } = req
    const seen = { method, url, headers, body: await text(req) }
    requests.push(seen)
    const answer = answerTo?.(seen) ?? answers.shift() ?? {}
    res.statusCode = answer.status ?? 200
    if (answer.date !== undefined) res.setHeader('date', new Date(answer.date).toUTCString())
    res.setHeaders(new Map(Object.entries({ 'content-type': 'application/problem+json', ...answer.headers })))
    res.end(answer.body ?? JSON.stringify({ code: answer.code }))
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { origin: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`, port, requests, answers }
}

/** Tokens for the API at `audience`, with a key file and a clock of their own. */
export function openTokens(audience: string) {
  const folder = mkdtempSync(join(tmpdir(), 'signet-client-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'id-1_private.pem')
  writeFileSync(file, keyPair('one').privatePem)
  const clock = createClock()
  const tokens: TokenSource = openTokenSource({ file, audience, now: clock.now })
  return { clock, file, tokens }
}

/** An axios client of the API at `audience`. */
export function openClient(audience: string, config: CreateAxiosDefaults = {}) {
  const { clock, file, tokens } = openTokens(audience)
  const client = axios.create({ baseURL: audience, ...config })
  attachTokens(client, tokens)
  return { client, clock, file, tokens }
}

type Ask = Readonly<{
  method?: string
  headers?: Record<string, string>
  body?:
    | string
    | Uint8Array<ArrayBuffer>
    | ArrayBuffer
    | Blob
    | FormData
    | URLSearchParams
    | ReadableStream
    | null
  signal?: AbortSignal
}>
type Ca = { ca?: string }

/** The clients that this package has, behind one interface: every status is an answer, only a missing answer is an error. */
export const CLIENTS = {
  axios(tokens: TokenSource, { ca }: Ca = {}) {
    const client = axios.create({
      adapter: 'http',
      validateStatus: () => true,
      responseType: 'text',
      ...(ca && { httpsAgent: new Agent({ ca }) }),
    })
    attachTokens(client, tokens)
    return async (url: string, { body, ...config }: Ask = {}) => {
      const data = body instanceof ReadableStream ? Readable.fromWeb(body as never) : body
      const { status, data: answer } = await client.request({ url, ...config, ...(data && { data }) })
      return { status, body: answer as string }
    }
  },
  fetch(tokens: TokenSource, options: Ca = {}) {
    const send = createFetch(tokens, options)
    return async (url: string, { body, ...init }: Ask = {}) => {
      const isStream = body instanceof ReadableStream
      const response = await send(url, {
        ...init,
        ...(body && { body }),
        ...(isStream && { duplex: 'half' }),
      })
      return { status: response.status, body: await response.text() }
    }
  },
}
