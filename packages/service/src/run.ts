import type { RequestListener } from 'node:http'
import { namesHost, readCertificate } from './certificate.ts'
import { watchRequests } from './drain.ts'
import { followCertificate } from './follow-certificate.ts'
import { listen } from './listen.ts'
import type { Log } from './log.ts'
import type { Readiness } from './readiness.ts'
import { createServer } from './server.ts'
import { stopSignal } from './stop-signal.ts'
import type { TlsFiles } from './tls-files.ts'

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
