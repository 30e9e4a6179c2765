import {
  BY_HAND,
  caFault,
  foreignAgeFault,
  isForeign,
  pairFault,
  readCertificate,
  readEcKey,
  readPrivateKey,
  serverFault,
} from './certificate-check.ts'
import { isThere } from './file-state.ts'
import { attempt, type Finding, finding } from './finding.ts'
import { type Places, SERVICES } from './places.ts'

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
