import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { AddressInfo, Server as NetServer } from 'node:net'
import { type Certificate, TLS } from './certificate.ts'
import type { Log } from './log.ts'
import { refuseUnreadable } from './unreadable-request.ts'

/**
 * Creates a server for `app` that does not listen yet: HTTPS if there is a certificate, otherwise HTTP. Each connection
 * has time limits.
 */
export function createServer(options: ServerOptions & { certificate: Certificate }): HttpsServer
export function createServer(options: ServerOptions): Server | HttpsServer
export function createServer({
  app,
  certificate,
  log,
  limits = LIMITS,
}: ServerOptions): Server | HttpsServer {
  // `refuseUnreadable` checks the Host header, so that the refusal is JSON.
  const options = { ...limits, requireHostHeader: false }
  const server = certificate
    ? createHttpsServer({ ...options, ...TLS, ...certificate })
    : createHttpServer(options)
  server.setTimeout(limits.silence)
  // A client that closes its half of the connection after the request (RFC 9112 §9.6) still gets its answer.
  Object.assign(server, { httpAllowHalfOpen: true })
  cutUnreadBodies(server, limits)
  refuseUnreadable(server, { app, log })
  return server
}

type ServerOptions = {
  app: RequestListener
  certificate?: Certificate | undefined
  log: Log
  limits?: typeof LIMITS
}

/** Bytes that the body of a request may have, in every service. An order, in JSON or as a form, is far smaller. */
export const BODY_LIMIT = 16 * 1024

/** Milliseconds. With Node's own limits, a slow client could hold a connection for minutes. */
export const LIMITS = {
  /** until all headers of a request have arrived */
  headersTimeout: 10_000,
  /** until the whole request has arrived */
  requestTimeout: 30_000,
  /** between two requests */
  keepAliveTimeout: 5_000,
  /** between two checks of the three limits above */
  connectionsCheckingInterval: 1_000,
  /** for the TLS handshake */
  handshakeTimeout: 5_000,
  /** in which a client that already has its answer must finish its body */
  linger: 1_000,
  /** without a byte in either direction, for example if a client does not read its answer */
  silence: 60_000,
}

/**
 * Disconnects a client that still sends a body `linger` milliseconds after its answer. Node would read and discard such
 * a body until `requestTimeout`. If the connection were closed at once, the client might lose the answer
 * (RFC 9112 §9.6).
 */
function cutUnreadBodies(server: Server, { linger }: { linger: number }): void {
  server.on('request', (req, res) => {
    res.once('finish', () => {
      if (!req.complete) setTimeout(() => req.complete || req.socket.destroy(), linger).unref()
    })
  })
}

/**
 * Listens, and resolves to the port. With port 0, the operating system chooses the port. `variable` is the name of the
 * environment variable that sets the port. Throws ListenError.
 */
export async function listen(
  server: NetServer,
  { host, port, variable = 'PORT' }: { host: string; port: number; variable?: string },
): Promise<number> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new ListenError(describe(error as NodeJS.ErrnoException, host, `${variable} ${port}`), error)
  }
  return (server.address() as AddressInfo).port
}

/** The server cannot listen on this address. The message names the variable and says what to do. */
export class ListenError extends Error {
  readonly code = 'listen_failed'

  constructor(message: string, cause: unknown) {
    super(message, { cause })
    this.name = 'ListenError'
  }
}

function describe({ code }: NodeJS.ErrnoException, host: string, port: string): string {
  if (code === 'EADDRINUSE') return `${port} is in use: stop the program that uses it, or set another port`
  if (code === 'EACCES') return `${port} may not be opened by this user: set a port above 1023`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `HOST ${host} is not an address of this machine`
  return `HOST ${host}, ${port} cannot be listened on (${code})`
}
