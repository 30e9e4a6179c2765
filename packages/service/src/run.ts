import { once } from 'node:events'
import type { RequestListener, Server, ServerResponse } from 'node:http'
import { Server as NetServer } from 'node:net'
import type { TlsFiles } from './certificate.ts'
import { followCertificate, namesHost, readCertificate } from './certificate.ts'
import type { Readiness } from './health.ts'
import type { Log } from './log.ts'
import { censor } from './log.ts'
import { createServer, listen } from './server.ts'

/**
 * Runs a service until SIGTERM, SIGINT or SIGHUP, then stops it gracefully: no longer ready, requests under way finish within
 * ten seconds, `close` closes what the app has opened. Throws CertificateError or ListenError when it cannot start.
 */
export async function run({ app, host, port, tls, log, readiness, close }: Service): Promise<void> {
  const server = tls ? secureServer(app, { host, tls, log }) : createServer({ app, log })
  const requests = watchRequests(server)
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught error')
    process.exit(1)
  })
  const stopped = stopSignal(log)
  if (process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0') log.warn(ANY_CERTIFICATE)

  const opened = await listen(server, { host, port })
  log.info(`listening on ${tls ? 'https' : 'http'}://${nameOf(host)}:${opened}`)
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

const ANY_CERTIFICATE =
  'NODE_TLS_REJECT_UNAUTHORIZED is 0, so connections may accept any certificate: unset it, and name your CA instead (API_CA_FILE, NODE_EXTRA_CA_CERTS)'

/** Milliseconds. */
const DRAIN_LIMIT = 10_000

function secureServer(app: RequestListener, { host, tls, log }: Secure) {
  const certificate = readCertificate(tls)
  // No fault: behind a name server, its clients may call this address by a name that the certificate has.
  if (nameOf(host) !== 'localhost' && !namesHost(certificate, host))
    log.warn(`the certificate does not name ${host}: a client that calls this address by it will refuse`)
  const server = createServer({ app, certificate, log })
  followCertificate(server, { files: tls, current: certificate, log })
  return server
}

type Secure = { host: string; tls: TlsFiles; log: Log }

/** How a browser on this machine reaches the host. */
function nameOf(host: string): string {
  if (['127.0.0.1', '0.0.0.0', '::', '::1'].includes(host)) return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

/**
 * Runs a program from beginning to end, then exits: 0, or 1 when `main` throws. An error with a `code` is about the
 * surroundings (a variable, a file, a port, a database): its message is printed. Another one is a fault of the program,
 * and its stack is printed.
 */
export async function start(main: () => Promise<void>): Promise<never> {
  try {
    await main()
  } catch (error) {
    process.stderr.write(`Failed:\n${censor(describe(error)).replace(/^/gm, '  ')}\n`)
    process.exit(1)
  }
  process.exit(0)
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, message, stack } = error as NodeJS.ErrnoException
  // Node's AggregateError of a refused connection has a code and no message.
  return code ? message || code : (stack ?? message)
}

/** Resolves when the process is asked to stop. Being asked again ends it at once, with exit code 1. */
function stopSignal(log: Log): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let asked: number | undefined

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop)
  return promise

  function stop(signal: NodeJS.Signals): void {
    if (asked === undefined) {
      asked = performance.now()
      log.info({ signal }, 'stopping')
      resolve()
    } else if (performance.now() - asked > ECHO) {
      process.exit(1)
    }
  }
}

/** Milliseconds. One Ctrl-C comes twice under a process runner: from the terminal and from the runner. */
const ECHO = 500

/**
 * Watches the requests of a server, so that it can be stopped gracefully: `drain(limit)` accepts no more connections,
 * answers what still comes on the open ones and asks their clients to close them. What is left after `limit`
 * milliseconds is cut.
 */
export function watchRequests(server: Server): { drain(limit: number): Promise<void> } {
  const open = new Set<ServerResponse>()
  let draining = false

  // Before the app, which may have answered when the next listener hears of it.
  server.prependListener('request', (_req, res) => {
    open.add(res)
    res.once('close', () => open.delete(res))
    if (draining) endConnection(res)
  })

  return {
    async drain(limit) {
      draining = true
      // Not http's own `close`, which cuts idle connections: a request may be on its way on one of them. They end by
      // themselves, when their time between two requests is over.
      NetServer.prototype.close.call(server)
      for (const res of open) endConnection(res)
      const timer = setTimeout(() => server.closeAllConnections(), limit)
      await once(server, 'close')
      clearTimeout(timer)
    },
  }
}

/** Tells a client not to send its next request here (RFC 9112 §9.6). */
function endConnection(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader('Connection', 'close')
}
