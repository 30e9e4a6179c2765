import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { AddressInfo, Server as NetServer } from 'node:net'
import { type Certificate, TLS } from './certificate.ts'
import type { Log } from './log.ts'
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

type ServerOptions = {
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

/** An address that cannot be listened on. The message names the variable and says what to do. */
export class ListenError extends Error {
  readonly code = 'listen_failed'

  constructor(message: string, cause: unknown) {
    super(message, { cause })
    this.name = 'ListenError'
  }
}

/**
 * Listens, and resolves to the port: the system chooses one for port 0. `variable` is the one that sets the port.
 * Throws ListenError.
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

function describe({ code }: NodeJS.ErrnoException, host: string, port: string): string {
  if (code === 'EADDRINUSE') return `${port} is in use: stop the program that uses it, or set another`
  if (code === 'EACCES') return `${port} may not be opened by this user: set one above 1023`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `HOST ${host} is not an address of this machine`
  return `HOST ${host}, ${port} cannot be listened on (${code})`
}

/**
 * Cuts off a client that goes on sending a body `linger` milliseconds after its answer, which Node would throw away for
 * as long as a request may take. Cut at once, the client might lose the answer with the connection (RFC 9112 §9.6).
 */
function cutUnreadBodies(server: Server, { linger }: { linger: number }): void {
  server.on('request', (req, res) => {
    res.once('finish', () => {
      if (!req.complete) setTimeout(() => req.complete || req.socket.destroy(), linger).unref()
    })
  })
}
