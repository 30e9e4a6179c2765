import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { dnsNames, IP_ADDRESSES } from './certificates.ts'
import { RefusedError } from './errors.ts'
import { shown } from './places.ts'

/** Days before its end at which a certificate is renewed. */
const RENEWAL = 30
const DAY = 86_400_000

/** The certificate in a file, or undefined if there is none that can be read as one. */
export function readCertificate(file: string): X509Certificate | undefined {
  if (!existsSync(file)) return undefined
  try {
    return new X509Certificate(readFileSync(file))
  } catch (error) {
    // The file system's errors are not about the certificate.
    if ((error as NodeJS.ErrnoException).syscall) throw error
    return undefined
  }
}

/** The ECDSA key in a file, or undefined if there is no file. Throws {@link RefusedError} for a file that holds none. */
export function readEcKey(file: string): KeyObject | undefined {
  if (!existsSync(file)) return undefined
  const pem = readFileSync(file)
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key
  } catch {
    // Said below, in the same words as for a key of another type.
  }
  throw new RefusedError(
    `${shown(file)}: is no ECDSA P-256 key. Move it away, then: npm run keys -- provision`,
  )
}

/** What is wrong with the CA's certificate; undefined if nothing. The key may be kept elsewhere. */
export function caFault(
  ca: X509Certificate | undefined,
  key: KeyObject | undefined,
  now: number,
): string | undefined {
  if (!ca) return 'is missing, or no certificate'
  if (!ca.ca) return 'is not the certificate of a CA'
  if (key && !ca.checkPrivateKey(key)) return 'does not belong to ca.key'
  return ageFault(ca, now)
}

/** What is wrong with the certificate of a service; undefined if nothing. */
export function serverFault(
  { certificate, key, ca, service }: ServerCertificate,
  now: number,
): string | undefined {
  if (!certificate) return 'is missing, or no certificate'
  if (!key || !certificate.checkPrivateKey(key)) return 'does not belong to server.key'
  if (!ca || !certificate.checkIssued(ca) || !certificate.verify(ca.publicKey))
    return 'is not signed by ca.pem'
  const unnamed =
    dnsNames(service).find((name) => !certificate.checkHost(name)) ??
    IP_ADDRESSES.find((address) => !certificate.checkIP(address))
  if (unnamed) return `does not name ${unnamed}`
  return ageFault(certificate, now)
}

type ServerCertificate = {
  certificate: X509Certificate | undefined
  key: KeyObject | undefined
  ca: X509Certificate | undefined
  service: string
}

function ageFault({ validFromDate, validToDate }: X509Certificate, now: number): string | undefined {
  if (now < validFromDate.getTime()) return `is not valid before ${validFromDate.toISOString()}`
  const days = Math.floor((validToDate.getTime() - now) / DAY)
  if (days < 0) return `has expired on ${validToDate.toISOString()}`
  if (days < RENEWAL) return `ends in ${days} days`
  return undefined
}
