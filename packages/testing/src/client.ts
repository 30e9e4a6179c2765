import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import http from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'

/** `body` is parsed when it is JSON. */
export type Answer = { status: number; headers: IncomingHttpHeaders; body: unknown }

export type Sent = { method?: string; headers?: OutgoingHttpHeaders; body?: string | Buffer; token?: string }

/**
 * A caller that uses nothing of ours: Node's own HTTPS, and the CA's certificate. It sends what it is told (a list of
 * values as so many headers), each request over its own connection, and any answer is an answer.
 */
export function createClient({ url, ca }: { url: string; ca?: string }) {
  const { request } = url.startsWith('https:') ? https : http

  return function send(path: string, { method, headers, body, token }: Sent = {}): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const sent = { ...(token !== undefined && { 'x-token': token }), ...headers }
    request(`${url}${path}`, { agent: false, ca, method: method ?? 'GET', headers: sent })
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
