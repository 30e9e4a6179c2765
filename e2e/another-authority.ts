import 'reflect-metadata'
import { KeyObject } from 'node:crypto'
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** A CA that is not ours, and a certificate with its key that it issued for the host. All as PEM. */
export async function anotherAuthority({ host = 'localhost' } = {}) {
  const caKeys = await crypto.subtle.generateKey(ECDSA, true, ['sign', 'verify'])
  const notAfter = new Date(Date.now() + 86_400_000)
  const ca = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Another CA',
    keys: caKeys,
    notAfter,
    extensions: [new BasicConstraintsExtension(true, 0, true)],
  })
  const { publicKey, privateKey } = await crypto.subtle.generateKey(ECDSA, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${host}`,
    issuer: ca.subject,
    publicKey,
    signingKey: caKeys.privateKey,
    notAfter,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: host }])],
  })
  return {
    ca: ca.toString('pem'),
    certificate: certificate.toString('pem'),
    key: KeyObject.from(privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}
