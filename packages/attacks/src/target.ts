import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { createSecureContext, getCACertificates } from 'node:tls'
import type { ProbeRequest } from './probe.ts'
import type { Answer } from './verdict.ts'

/** An API under test: sends it one request and resolves to its answer. Throws {@link TargetError}. */
export type Target = (request: ProbeRequest) => Promise<Received>

/**
 * `date` and `retryAfter` are the header fields of these names, as they were sent. `sentAt` and `receivedAt` are
 * milliseconds since 1970 by the clock of this machine.
 */
export type Received = Answer &
  Readonly<{ date: string | undefined; retryAfter: string | undefined; sentAt: number; receivedAt: number }>

/**
 * Opens an API for probes. `ca` (PEM) is trusted in addition to the usual authorities. Each request has its own
 * connection, so that no request can affect the next one.
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

/** The API could not be reached, or it closed the connection. `code` is the system's, such as ECONNREFUSED. */
export class TargetError extends Error {
  readonly code: string

  constructor(message: string, code: string) {
    super(message)
    this.name = 'TargetError'
    this.code = code
  }
}

/** How often a request is sent before a 429 counts as its answer. */
const ATTEMPTS = 3
/** Seconds. Used when the API sends no `Retry-After`. */
const DEFAULT_WAIT = 60

/**
 * Returns a target that repeats a request after a 429: a rate limit says nothing about the token. `wait` is called with
 * the seconds that `Retry-After` asks for.
 */
export function withRetries(target: Target, { wait }: RetryOptions): Target {
  return async (request) => {
    let answer = await target(request)
    for (let attempt = 1; answer.status === 429 && attempt < ATTEMPTS; attempt++) {
      await wait(secondsOf(answer.retryAfter, answer.receivedAt))
      answer = await target(request)
    }
    return answer
  }
}

export type RetryOptions = { wait: (seconds: number) => Promise<void> }

/**
 * Milliseconds by which the API's clock is ahead of this machine's. It is known to about a second, because `Date` has no
 * fractions (RFC 9110 §6.6.1). 0 if the clocks may agree, or if there is no `Date`.
 */
export function clockDifference({ date, sentAt, receivedAt }: Received): number {
  const second = Date.parse(date ?? '')
  if (Number.isNaN(second)) return 0
  const least = second - receivedAt
  const most = second + 999 - sentAt
  return least <= 0 && most >= 0 ? 0 : (least + most) / 2
}

/** All connections share one context: to read the usual authorities takes longer than a handshake. */
function secureAgent(ca: string | undefined): https.Agent {
  const authorities = [...getCACertificates('default'), ...(ca === undefined ? [] : [ca])]
  return new https.Agent({
    secureContext: createSecureContext({ ca: authorities }),
    rejectUnauthorized: true,
  })
}

/** Node says what is wrong with a certificate. This adds what to do. */
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

/** RFC 9110 §10.2.3: a number of seconds, or a date. */
function secondsOf(retryAfter = '', now: number): number {
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter)
  const date = Date.parse(retryAfter)
  return Number.isNaN(date) ? DEFAULT_WAIT : Math.max(0, Math.ceil((date - now) / 1000))
}
