import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { RefusedError } from './errors.ts'
import { attempt, type Finding, finding } from './findings.ts'
import { exists, type Places, SERVICES, shown } from './places.ts'

/** The common name of our CA, also of one that has been replaced since. */
export const CA_NAME = 'Signet local CA'

/** The host names in the certificate of a service. */
export const dnsNames = (service: string) => ['localhost', service]
export const IP_ADDRESSES = ['127.0.0.1', '::1']

/** What is wrong with the certificates of the CA and the servers, and with their keys. */
export function certificateFindings(places: Places, now: number): Finding[] {
  const findings: Finding[] = []
  const readKey = (file: string) => attempt(findings, PROVISION, () => readEcKey(file))
  const read = (file: string) => attempt(findings, PROVISION, () => readCertificate(file))

  const ca = read(places.caCertificate)
  const fault = caFault(ca, readKey(places.caKey), now)
  if (fault) findings.push(finding(places.caCertificate, fault, PROVISION))
  for (const service of SERVICES) checkServer(service)
  return findings

  function checkServer(service: string): void {
    const file = places.serverCertificate(service)
    const keyFile = places.serverKey(service)
    const certificate = read(file)
    if (!certificate && exists(file)) {
      findings.push(finding(file, 'is not a certificate', BY_HAND))
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

/** What to do about a certificate that provisioning did not make. */
export const BY_HAND =
  'Put a valid certificate and its key there (provisioning replaces only its own), or remove both for a new pair, then: npm run keys -- provision'

/** The certificate in a file; undefined if there is no file, or no certificate in it. */
export function readCertificate(file: string): X509Certificate | undefined {
  if (!exists(file)) return undefined
  const bytes = readFileSync(file)
  try {
    return new X509Certificate(bytes)
  } catch {
    return undefined
  }
}

/** The ECDSA key in a file; undefined if there is no file. Throws {@link RefusedError} for a file without such a key. */
export function readEcKey(file: string): KeyObject | undefined {
  if (!exists(file)) return undefined
  const key = readPrivateKey(file)
  if (key?.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key
  throw new RefusedError(
    `${shown(file)}: is not an ECDSA P-256 key. Move it to another place, then: npm run keys -- provision`,
  )
}

/** The private key in a file, of any type; undefined if there is no file, or no such key in it. */
export function readPrivateKey(file: string): KeyObject | undefined {
  if (!exists(file)) return undefined
  const pem = readFileSync(file)
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}

/** Whether another CA than ours issued a certificate. Such a certificate is the operator's, and is never replaced. */
export function isForeign(certificate: X509Certificate, ca: X509Certificate | undefined): boolean {
  return certificate.issuer !== `CN=${CA_NAME}` && certificate.issuer !== ca?.subject
}

/** What is wrong with the CA's certificate; undefined if nothing. `key` is undefined if it is kept at another place. */
export function caFault(
  ca: X509Certificate | undefined,
  key: KeyObject | undefined,
  now: number,
): string | undefined {
  if (!ca) return 'is missing, or not a certificate'
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

/** What prevents that a certificate is served with the key beside it; undefined if nothing. */
export function pairFault(certificate: X509Certificate, key: KeyObject | undefined): string | undefined {
  return key && certificate.checkPrivateKey(key) ? undefined : 'does not belong to server.key'
}

/**
 * What is wrong with the times of a certificate of another CA; undefined if nothing. Its names are not checked: only the
 * operator knows which ones it needs.
 */
export function foreignAgeFault(certificate: X509Certificate, now: number): string | undefined {
  const start = certificate.validFromDate.getTime()
  const end = certificate.validToDate.getTime()
  if (now < start) return `is not valid before ${certificate.validFromDate.toISOString()}`
  if (now > end) return `has expired on ${certificate.validToDate.toISOString()}`
  // Such certificates are issued for a year or for six days, so the limit is a part of their lifetime.
  if (end - now < (end - start) / 10) return `ends on ${certificate.validToDate.toISOString()}`
  return undefined
}

/** Days before its end at which a certificate of our CA is renewed. */
const RENEWAL = 30
const DAY = 86_400_000

function ageFault({ validFromDate, validToDate }: X509Certificate, now: number): string | undefined {
  if (now < validFromDate.getTime()) return `is not valid before ${validFromDate.toISOString()}`
  const days = Math.floor((validToDate.getTime() - now) / DAY)
  if (days < 0) return `has expired on ${validToDate.toISOString()}`
  if (days < RENEWAL) return `ends in ${days} days`
  return undefined
}
