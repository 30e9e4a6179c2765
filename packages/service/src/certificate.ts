import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Server } from 'node:https'
import { isIP } from 'node:net'
import { ConfigError, fileFault } from './config.ts'
import type { Log } from './log.ts'

/** RFC 9325 §3.1.1: nothing below TLS 1.2. */
export const TLS = { minVersion: 'TLSv1.2' } as const

/** A certificate and its private key, as PEM text. */
export type Certificate = { cert: string; key: string }

/** Reads a certificate and its private key. Throws CertificateError when one is broken, or they do not match. */
export function readCertificate({ certFile, keyFile }: TlsFiles): Certificate {
  const cert = read(certFile)
  const key = read(keyFile)
  const leaf = parse(certFile, 'is not a PEM certificate', () => new X509Certificate(cert))
  const privateKey = parse(keyFile, 'is not a PEM private key', () => createPrivateKey(key))
  if (!leaf.checkPrivateKey(privateKey)) throw new CertificateError(keyFile, `is not the key of ${certFile}`)
  return { cert, key }
}

/** Whether a client that calls a server by this host name or IP address accepts its certificate (RFC 9525 §6). */
export function namesHost({ cert }: Certificate, host: string): boolean {
  const leaf = new X509Certificate(cert)
  return (isIP(host) ? leaf.checkIP(host) : leaf.checkHost(host)) !== undefined
}

/** A certificate or key file that cannot be used. The message names it and says what to do. */
export class CertificateError extends Error {
  readonly code = 'certificate_invalid'
  readonly file: string

  constructor(file: string, fault: string) {
    super(`${file} ${fault}: run \`npm run keys -- provision\``)
    this.name = 'CertificateError'
    this.file = file
  }
}

function read(file: string): string {
  const fault = fileFault(file, 'file')
  if (fault) throw new CertificateError(file, fault)
  return readFileSync(file, 'utf8')
}

/** OpenSSL's own words would not help, and may quote the file. */
function parse<T>(file: string, fault: string, parsed: () => T): T {
  try {
    return parsed()
  } catch {
    throw new CertificateError(file, fault)
  }
}

/** Where a server's certificate (with its chain, if any) and its private key lie, both PEM. */
export type TlsFiles = { certFile: string; keyFile: string }

/** The TLS files that a configuration names, if it names any. Throws ConfigError when it names only one of two. */
export function tlsFilesOf({
  TLS_CERT_FILE: certFile,
  TLS_KEY_FILE: keyFile,
}: TlsConfig): TlsFiles | undefined {
  if (certFile && keyFile) return { certFile, keyFile }
  if (!certFile && !keyFile) return undefined
  const name = certFile ? 'TLS_KEY_FILE' : 'TLS_CERT_FILE'
  throw new ConfigError([{ name, message: 'is not set: TLS needs both a certificate and its key' }])
}

type TlsConfig = { TLS_CERT_FILE?: string | undefined; TLS_KEY_FILE?: string | undefined }

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
