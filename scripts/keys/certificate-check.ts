import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { CA_NAME, dnsNames, IP_ADDRESSES } from './certificates.ts'
import { RefusedError } from './errors.ts'
import { attempt, type Finding, finding } from './findings.ts'
import { isThere, type Places, SERVICES, shown } from './places.ts'

/** Days before its end at which a certificate is renewed. */
const RENEWAL = 30
const DAY = 86_400_000

/** The certificate in a file, or undefined if there is none that can be read as one. */
export function readCertificate(file: string): X509Certificate | undefined {
  if (!isThere(file)) return undefined
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
  if (!isThere(file)) return undefined
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

/** The private key in a file, of any type, or undefined if there is none that can be read. */
export function readPrivateKey(file: string): KeyObject | undefined {
  if (!isThere(file)) return undefined
  const pem = readFileSync(file)
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}

/** Whether another CA than ours issued a certificate. Such a certificate is the operator's: it is never replaced. */
export function isForeign(certificate: X509Certificate, ca: X509Certificate | undefined): boolean {
  return certificate.issuer !== `CN=${CA_NAME}` && certificate.issuer !== ca?.subject
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

/** What is wrong with a certificate that our CA issued to a service; undefined if nothing. */
export function serverFault(
  { certificate, key, ca, service }: ServerCertificate,
  now: number,
): string | undefined {
  if (!certificate) return 'is missing'
  const unpaired = pairFault(certificate, key)
  if (unpaired) return unpaired
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

/**
 * What is wrong with the times of a foreign certificate; undefined if nothing. Which names it needs is known to its
 * operator only.
 */
export function foreignAgeFault(certificate: X509Certificate, now: number): string | undefined {
  const start = certificate.validFromDate.getTime()
  const end = certificate.validToDate.getTime()
  if (now < start) return `is not valid before ${certificate.validFromDate.toISOString()}`
  if (now > end) return `has expired on ${certificate.validToDate.toISOString()}`
  // It may be issued for a year or for six days, so that no number of days suits all.
  if (end - now < (end - start) / 10) return `ends on ${certificate.validToDate.toISOString()}`
  return undefined
}

/** What keeps a certificate from being served with the key beside it; undefined if nothing. */
export function pairFault(certificate: X509Certificate, key: KeyObject | undefined): string | undefined {
  return key && certificate.checkPrivateKey(key) ? undefined : 'does not belong to server.key'
}

/** What to do about a certificate that provisioning did not make. */
export const BY_HAND =
  'Put a good certificate and its key there (provisioning replaces only its own), or remove both for a new pair, then: npm run keys -- provision'

function ageFault({ validFromDate, validToDate }: X509Certificate, now: number): string | undefined {
  if (now < validFromDate.getTime()) return `is not valid before ${validFromDate.toISOString()}`
  const days = Math.floor((validToDate.getTime() - now) / DAY)
  if (days < 0) return `has expired on ${validToDate.toISOString()}`
  if (days < RENEWAL) return `ends in ${days} days`
  return undefined
}

/** What is wrong with the certificates of the CA and the servers, and with their keys. */
export function certificateFindings(places: Places, now: number): Finding[] {
  const findings: Finding[] = []
  const readKey = (file: string) => attempt(findings, PROVISION, () => readEcKey(file))
  const read = (file: string) => attempt(findings, PROVISION, () => readCertificate(file))

  const ca = read(places.caCertificate)
  const fault = caFault(ca, readKey(places.caKey), now)
  if (fault) findings.push(finding(places.caCertificate, fault, PROVISION))
  for (const service of SERVICES) ofServer(service)
  return findings

  function ofServer(service: string): void {
    const file = places.serverCertificate(service)
    const keyFile = places.serverKey(service)
    const certificate = read(file)
    if (!certificate && isThere(file)) {
      findings.push(finding(file, 'is no certificate', BY_HAND))
    } else if (certificate && isForeign(certificate, ca)) {
      const key = attempt(findings, BY_HAND, () => readPrivateKey(keyFile))
      const fault = pairFault(certificate, key) ?? foreignAgeFault(certificate, now)
      if (fault) findings.push(finding(file, fault, BY_HAND))
    } else {
      const fault = serverFault({ certificate, key: readKey(keyFile), ca, service }, now)
      if (fault) findings.push(finding(file, fault, PROVISION))
    }
  }
}

const PROVISION = 'npm run keys -- provision'
