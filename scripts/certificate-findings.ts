import { caFault, readCertificate, readEcKey, serverFault } from './certificate-fault.ts'
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
  for (const service of SERVICES) {
    const file = places.serverCertificate(service)
    const server = { certificate: read(file), key: readKey(places.serverKey(service)), ca, service }
    const fault = serverFault(server, now)
    if (fault) findings.push(finding(file, fault, PROVISION))
  }
  return findings
}

const PROVISION = 'npm run keys -- provision'
