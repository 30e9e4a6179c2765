import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { createSecureContext, getCACertificates } from 'node:tls'
import type { ProbeRequest } from './probe.ts'
import type { Answer } from './verdict.ts'

/** An API on trial: sends one request and resolves to its answer. Throws {@link TargetError}. */
export type Target = (request: ProbeRequest) => Promise<Received>

/** `date` is the API's clock and `retryAfter` its wish, both as sent. Milliseconds since 1970 by our clock. */
export type Received = Answer &
  Readonly<{ date: string | undefined; retryAfter: string | undefined; sentAt: number; receivedAt: number }>

/**
 * Opens an API for probes. `ca` (PEM) is trusted beside the usual authorities. Each request has a connection of its
 * own, so that none is judged by what another left behind.
 */
export function openTarget({ url, ca, timeout = 10_000 }: TargetOptions): Target {
  const agent = url.protocol === 'http:' ? new http.Agent() : secureAgent(ca)
  const { request } = url.protocol === 'http:' ? http : https

  return async ({ method = 'GET', path = url.pathname + url.search, headers = {}, body = '' }) => {
    const sentAt = Date.now()
    const length = body && { 'content-length': Buffer.byteLength(body) }
    const sent = request({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port,
      method,
      path,
      headers: { ...headers, ...length } as Record<string, string | string[]>,
      agent,
      timeout,
    })
    sent.on('timeout', () => sent.destroy(new TargetError(`no answer within ${timeout} ms`, 'ETIMEDOUT')))
    try {
      sent.end(body)
      const [response]: IncomingMessage[] = await once(sent, 'response')
      if (!response) throw new TargetError('no answer', 'ECONNRESET')
      return { ...(await readAnswer(response)), sentAt, receivedAt: Date.now() }
    } catch (error) {
      const { message, code = 'unknown' } = error as NodeJS.ErrnoException
      throw new TargetError(`${url.origin}: ${message || code}${hintFor(code)}`, code)
    }
  }
}

export type TargetOptions = {
  url: URL
  ca?: string | undefined
  /** Milliseconds. */
  timeout?: number
}

/** One context for all connections: reading the usual authorities takes longer than a handshake. */
function secureAgent(ca: string | undefined): https.Agent {
  const authorities = [...getCACertificates('default'), ...(ca === undefined ? [] : [ca])]
  return new https.Agent({
    secureContext: createSecureContext({ ca: authorities }),
    rejectUnauthorized: true,
  })
}

/** Node says what is wrong with a certificate, but not what mends it here. */
function hintFor(code: string): string {
  return /CERT|SIGNATURE|ALTNAME/.test(code) ? '. Trust its authority with --ca FILE.' : ''
}

async function readAnswer(response: IncomingMessage) {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  const { statusCode = 0, headers } = response
  return {
    status: statusCode,
    body: parsed(text),
    date: headers.date,
    retryAfter: headers['retry-after'],
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** How often one request is tried before its 429 is taken for an answer. */
const ATTEMPTS = 3
/** Seconds, where the API does not say. */
const DEFAULT_WAIT = 60

/**
 * A target that waits when the API limits us (429), as long as `Retry-After` asks for, and then asks again: a limit
 * says nothing about a token. `wait` is called with that time, in seconds.
 */
export function withPatience(target: Target, { wait }: Patience): Target {
  return async (request) => {
    let answer = await target(request)
    for (let attempt = 1; answer.status === 429 && attempt < ATTEMPTS; attempt++) {
      await wait(secondsOf(answer.retryAfter, answer.receivedAt))
      answer = await target(request)
    }
    return answer
  }
}

export type Patience = { wait: (seconds: number) => Promise<void> }

/** RFC 9110 §10.2.3: a number of seconds, or a date. */
function secondsOf(retryAfter = '', now: number): number {
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter)
  const date = Date.parse(retryAfter)
  return Number.isNaN(date) ? DEFAULT_WAIT : Math.max(0, Math.ceil((date - now) / 1000))
}

/**
 * Milliseconds by which the API's clock is ahead of ours, known to about a second (RFC 9110 §6.6.1: Date has no
 * fractions). No difference where none can be told.
 */
export function clockDifference({ date, sentAt, receivedAt }: Received): number {
  const second = Date.parse(date ?? '')
  if (Number.isNaN(second)) return 0
  const least = second - receivedAt
  const most = second + 999 - sentAt
  return least <= 0 && most >= 0 ? 0 : (least + most) / 2
}

/** The API could not be reached, or broke off. `code` is the system's, such as ECONNREFUSED. */
export class TargetError extends Error {
  readonly code: string

  constructor(message: string, code: string) {
    super(message)
    this.name = 'TargetError'
    this.code = code
  }
}
