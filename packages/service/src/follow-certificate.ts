import type { Server } from 'node:https'
import { type Certificate, readCertificate } from './certificate.ts'
import type { Log } from './log.ts'
import { TLS } from './server.ts'
import type { TlsFiles } from './tls-files.ts'

/**
 * Serves a renewed certificate without a restart: both files are read anew every five seconds, until the server closes.
 * While the new pair is broken, or only one of the two files is written, the last good pair stays: at first `current`,
 * which the server was made with.
 */
export function followCertificate(server: Server, { files, current, log }: Followed): void {
  let fault: string | undefined
  const timer = setInterval(renew, INTERVAL).unref()
  server.once('close', () => clearInterval(timer))

  function renew(): void {
    try {
      const next = readCertificate(files)
      fault = undefined
      if (next.cert === current.cert && next.key === current.key) return
      server.setSecureContext({ ...TLS, ...next })
      current = next
      log.info({ file: files.certFile }, 'certificate renewed')
    } catch (error) {
      const { message } = error as Error
      if (message !== fault) log.warn({ reason: message }, 'certificate not renewed, the last good one stays')
      fault = message
    }
  }
}

/** Milliseconds. Reading two small files costs less than to miss a change, as a watch on a mounted secret may. */
const INTERVAL = 5000

type Followed = { files: TlsFiles; current: Certificate; log: Log }
