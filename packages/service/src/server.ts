import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { Certificate } from './certificate.ts'
import type { Log } from './log.ts'
import { cutUnreadBodies } from './unread-body.ts'
import { refuseUnreadable } from './unreadable-request.ts'

/** A server for `app`, not listening yet: HTTPS with a certificate, else HTTP. Each connection has its time limits. */
export function createServer(options: ServerOptions & { certificate: Certificate }): HttpsServer
export function createServer(options: ServerOptions): Server | HttpsServer
export function createServer({
  app,
  certificate,
  log,
  limits = LIMITS,
}: ServerOptions): Server | HttpsServer {
  // `refuseUnreadable` looks at Host itself, to say in JSON what is wrong.
  const options = { ...limits, requireHostHeader: false }
  const server = certificate
    ? createHttpsServer({ ...options, ...TLS, ...certificate })
    : createHttpServer(options)
  server.setTimeout(limits.silence)
  // A client may close its half of the connection after the request (RFC 9112 §9.6), and is answered all the same.
  Object.assign(server, { httpAllowHalfOpen: true })
  cutUnreadBodies(server, limits)
  refuseUnreadable(server, { app, log })
  return server
}

export type ServerOptions = {
  app: RequestListener
  certificate?: Certificate | undefined
  log: Log
  limits?: typeof LIMITS
}

/** Milliseconds. Node's own limits would let a slow client hold a connection for minutes. */
export const LIMITS = {
  /** until the whole head of a request is there */
  headersTimeout: 10_000,
  /** until the whole request is there */
  requestTimeout: 30_000,
  /** between two requests */
  keepAliveTimeout: 5_000,
  /** between two looks at the three above */
  connectionsCheckingInterval: 1_000,
  /** for TLS */
  handshakeTimeout: 5_000,
  /** in which a client may end its body when it has its answer already */
  linger: 1_000,
  /** without a byte in either direction, as when a client does not read its answer */
  silence: 60_000,
}

/** RFC 9325 §3.1.1: nothing below TLS 1.2. */
export const TLS = { minVersion: 'TLSv1.2' } as const
