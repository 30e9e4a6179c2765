import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import http from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'

export type Client = ReturnType<typeof createClient>

/** `body` is parsed if it is JSON. */
export type Answer = { status: number; headers: IncomingHttpHeaders; body: unknown }

export type Request = {
  method?: string
  headers?: OutgoingHttpHeaders
  body?: string | Buffer
  token?: string
}

/**
 * A client that uses nothing of the library under test: Node's own HTTPS, and the certificate of the CA. It sends
 * exactly what it is given (a list of values as several headers of one name), opens a connection for each request, and
 * returns every answer, whatever its status.
 */
export function createClient({ url, ca }: { url: string; ca?: string }) {
  const { request } = url.startsWith('https:') ? https : http

  return function send(path: string, { method, headers, body, token }: Request = {}): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const all = { ...(token !== undefined && { 'x-token': token }), ...headers }
    request(`${url}${path}`, { agent: false, ca, method: method ?? 'GET', headers: all })
      .on('response', (response) => read(response).then(resolve, reject))
      .on('error', reject)
      .end(body)
    return promise
  }
}

async function read(response: IncomingMessage): Promise<Answer> {
  const body = await text(response)
  const isJson = /json/.test(response.headers['content-type'] ?? '')
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: isJson ? JSON.parse(body) : body,
  }
}
