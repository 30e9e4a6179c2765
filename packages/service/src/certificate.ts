import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Server } from 'node:https'
import { isIP } from 'node:net'
import { ConfigError, fileFault } from './config.ts'
import type { Log } from './log.ts'

/** A certificate and its private key, as PEM text. */
export type Certificate = { cert: string; key: string }

/** The paths of a server's certificate (with its chain, if any) and of its private key, both PEM. */
export type TlsFiles = { certFile: string; keyFile: string }

/** RFC 9325 §3.1.1: no version below TLS 1.2. */
export const TLS = { minVersion: 'TLSv1.2' } as const

/** The TLS files that a configuration names, if it names any. Throws ConfigError if it names only one of the two. */
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

/** Reads a certificate and its private key. Throws CertificateError if one is invalid or they do not match. */
export function readCertificate({ certFile, keyFile }: TlsFiles): Certificate {
  const cert = read(certFile)
  const key = read(keyFile)
  const leaf = parse(certFile, 'is not a PEM certificate', () => new X509Certificate(cert))
  const privateKey = parse(keyFile, 'is not a PEM private key', () => createPrivateKey(key))
  if (!leaf.checkPrivateKey(privateKey)) throw new CertificateError(keyFile, `is not the key of ${certFile}`)
  return { cert, key }
}

/** A certificate or key file that cannot be used. The message names the file and the command that fixes it. */
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

/** Replaces the message of OpenSSL, which does not help and may quote the file. */
function parse<T>(file: string, fault: string, parsed: () => T): T {
  try {
    return parsed()
  } catch {
    throw new CertificateError(file, fault)
  }
}

/** Whether the certificate is valid for a server that clients call by this host name or IP address (RFC 9525 §6). */
export function namesHost({ cert }: Certificate, host: string): boolean {
  const leaf = new X509Certificate(cert)
  return (isIP(host) ? leaf.checkIP(host) : leaf.checkHost(host)) !== undefined
}

/**
 * Serves a renewed certificate without a restart: reads both files every five seconds until the server closes. While
 * the new pair is invalid, or only one of the two files has been replaced, the server keeps the last valid pair.
 * `current` is the pair that the server was created with.
 */
export function followCertificate(server: Server, { files, current, log }: Followed): void {
  let lastFault: string | undefined
  const timer = setInterval(renew, INTERVAL).unref()
  server.once('close', () => clearInterval(timer))

  function renew(): void {
    try {
      const next = readCertificate(files)
      lastFault = undefined
      if (next.cert === current.cert && next.key === current.key) return
      server.setSecureContext({ ...TLS, ...next })
      current = next
      log.info({ file: files.certFile }, 'certificate renewed')
    } catch (error) {
      const { message } = error as Error
      if (message !== lastFault)
        log.warn({ reason: message }, 'certificate not renewed: the last valid one stays in use')
      lastFault = message
    }
  }
}

/** Milliseconds. Reading two small files is cheap, and a file watcher may miss a change of a mounted secret. */
const INTERVAL = 5000

type Followed = { files: TlsFiles; current: Certificate; log: Log }
