import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { fileFault } from './file-fault.ts'
import type { TlsFiles } from './tls-files.ts'

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
