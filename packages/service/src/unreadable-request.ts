import { randomUUID } from 'node:crypto'
import {
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http'
import type { Duplex } from 'node:stream'
import type { Log } from './log.ts'
import { PROBLEM_TYPE, Problem, problemDocument } from './problem.ts'

/**
 * Passes requests to `app`. A request that is not valid HTTP is answered as problem+json, like any other refusal; Node
 * would send an empty 400 or close the connection. Its request ID is always new, never one that the caller sent.
 */
export function refuseUnreadable(server: Server, { app, log }: { app: RequestListener; log: Log }): void {
  const answers = new WeakMap<Duplex, ServerResponse>()

  server.on('request', (req, res) => {
    answers.set(req.socket, res)
    if (!hasOneHost(req)) refuse(req.socket, 400, 'Send one Host header.')
    // Express would answer with its own HTML page, before any middleware runs.
    else if (!URL.canParse(req.url ?? '', 'http://localhost'))
      refuse(req.socket, 400, 'The request target is not a valid URL.')
    else app(req, res)
  })
  // RFC 9110 §10.1.1: a server may ignore an expectation that it does not know.
  server.on('checkExpectation', (req, res) => server.emit('request', req, res))
  server.on('connect', (_req, socket) => refuse(socket, 400, 'This server is not a proxy.'))
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // The request was refused already. The client is sending the rest of it, and may still read the answer.
    if (socket.writableEnded) return
    const fault = FAULTS[error.code ?? ''] ?? (error.code?.startsWith('HPE_') ? MALFORMED : undefined)
    const answer = answers.get(socket)
    const isPartlySent = answer?.headersSent && !answer.writableFinished
    // After a failed TLS handshake or a lost connection, no answer can be sent.
    if (!fault || isPartlySent) socket.destroy()
    else refuse(socket, fault.status, fault.detail)
  })

  function refuse(socket: Duplex, status: number, detail: string): void {
    const requestId = randomUUID()
    log.info({ requestId, status, code: 'invalid_request', reason: detail }, 'request refused')
    socket.end(answerText(status, detail, requestId))
    // Closing at once would reset the connection, and the client might lose the answer.
    setTimeout(() => socket.destroy(), LINGER).unref()
  }
}

/** Milliseconds in which a refused client may read its answer. */
const LINGER = 1000

const MALFORMED = { status: 400, detail: 'The request is not valid HTTP.' }
const FAULTS: Partial<Record<string, typeof MALFORMED>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, detail: 'The request took too long to arrive.' },
  HPE_HEADER_OVERFLOW: { status: 431, detail: 'The headers are larger than 16 KiB.' },
}

/** RFC 9112 §3.2: an HTTP/1.1 request must have one Host header, and no request may have two. */
function hasOneHost({ headersDistinct, httpVersion }: IncomingMessage): boolean {
  const hosts = headersDistinct.host?.length ?? 0
  return hosts === 1 || (hosts === 0 && httpVersion === '1.0')
}

function answerText(status: number, detail: string, requestId: string): string {
  const body = JSON.stringify({
    ...problemDocument(new Problem('invalid_request', { detail }), requestId),
    status,
  })
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${PROBLEM_TYPE}; charset=utf-8`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Date: ${new Date().toUTCString()}`,
    `X-Request-Id: ${requestId}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    'Connection: close',
    '',
    body,
  ].join('\r\n')
}
