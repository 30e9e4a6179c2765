import { once } from 'node:events'
import type { RequestListener, Server, ServerResponse } from 'node:http'
import { Server as NetServer } from 'node:net'
import { followCertificate, namesHost, readCertificate, type TlsFiles } from './certificate.ts'
import type { Readiness } from './health.ts'
import { type Log, redact } from './log.ts'
import { createServer, listen } from './server.ts'

/**
 * Runs a program from beginning to end, then exits: with 0, or with 1 if `main` throws. An error with a `code` has its
 * cause outside the program (a variable, a file, a port, a database): only its message is printed. For any other
 * error, the stack is printed.
 */
export async function start(main: () => Promise<void>): Promise<never> {
  try {
    await main()
  } catch (error) {
    process.stderr.write(`Failed:\n${redact(describe(error)).replace(/^/gm, '  ')}\n`)
    process.exit(1)
  }
  process.exit(0)
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, message, stack } = error as NodeJS.ErrnoException
  // For a refused connection, Node throws an AggregateError that has a code and no message.
  return code ? message || code : (stack ?? message)
}

/**
 * Runs a service until SIGTERM, SIGINT or SIGHUP, then stops it gracefully: the service is no longer ready, requests in
 * progress may take ten more seconds, then `close` closes what the app has opened. Throws CertificateError or
 * ListenError if the service cannot start.
 */
export async function run({ app, host, port, tls, log, readiness, close }: Service): Promise<void> {
  const server = tls ? secureServer(app, { host, tls, log }) : createServer({ app, log })
  const requests = watchRequests(server)
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught error')
    process.exit(1)
  })
  const stopped = stopSignal(log)
  if (process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0') log.warn(CERTIFICATES_NOT_CHECKED)

  const opened = await listen(server, { host, port })
  log.info(`listening on ${tls ? 'https' : 'http'}://${hostInUrl(host)}:${opened}`)
  await stopped

  readiness.drain()
  await requests.drain(DRAIN_LIMIT)
  await close()
  log.info('stopped')
}

export type Service = {
  app: RequestListener
  host: string
  port: number
  tls?: TlsFiles | undefined
  log: Log
  readiness: Readiness
  close: () => Promise<void> | void
}

const CERTIFICATES_NOT_CHECKED =
  'NODE_TLS_REJECT_UNAUTHORIZED is 0, so connections may accept any certificate: unset it, and name your CA instead (API_CA_FILE, NODE_EXTRA_CA_CERTS)'

/** Milliseconds. */
const DRAIN_LIMIT = 10_000

function secureServer(app: RequestListener, { host, tls, log }: Secure) {
  const certificate = readCertificate(tls)
  // Only a warning: clients may use another name, which DNS resolves to this address and the certificate contains.
  if (hostInUrl(host) !== 'localhost' && !namesHost(certificate, host))
    log.warn(`the certificate does not name ${host}: clients that use this address will refuse to connect`)
  const server = createServer({ app, certificate, log })
  followCertificate(server, { files: tls, current: certificate, log })
  return server
}

type Secure = { host: string; tls: TlsFiles; log: Log }

/** The host in a URL that a browser on this machine can open. */
function hostInUrl(host: string): string {
  if (['127.0.0.1', '0.0.0.0', '::', '::1'].includes(host)) return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

/** Resolves at the first signal that asks the process to stop. A later signal ends it at once, with exit code 1. */
function stopSignal(log: Log): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let firstSignalAt: number | undefined

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop)
  return promise

  function stop(signal: NodeJS.Signals): void {
    if (firstSignalAt === undefined) {
      firstSignalAt = performance.now()
      log.info({ signal }, 'stopping')
      resolve()
    } else if (performance.now() - firstSignalAt > DUPLICATE_LIMIT) {
      process.exit(1)
    }
  }
}

/** Milliseconds. Under a process runner, one Ctrl-C sends two signals: one from the terminal, one from the runner. */
const DUPLICATE_LIMIT = 500

/**
 * Watches the requests of a server, so that it can be stopped gracefully. `drain(limit)` accepts no more connections,
 * answers the requests that still arrive on open connections, and asks these clients to close the connection.
 * After `limit` milliseconds it cuts the connections that are left.
 */
export function watchRequests(server: Server): { drain(limit: number): Promise<void> } {
  const open = new Set<ServerResponse>()
  let draining = false

  // Prepended to the app, because the app may have answered before a later listener is called.
  server.prependListener('request', (_req, res) => {
    open.add(res)
    res.once('close', () => open.delete(res))
    if (draining) endConnection(res)
  })

  return {
    async drain(limit) {
      draining = true
      // The `close` of node:http would cut idle connections, and a client may just have sent a request on one of them.
      // They end when their keep-alive timeout is over.
      NetServer.prototype.close.call(server)
      for (const res of open) endConnection(res)
      const timer = setTimeout(() => server.closeAllConnections(), limit)
      await once(server, 'close')
      clearTimeout(timer)
    },
  }
}

/** Tells a client to send no further request on this connection (RFC 9112 §9.6). */
function endConnection(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader('Connection', 'close')
}
