import 'reflect-metadata'
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import * as x509 from '@peculiar/x509'

type Pem = { cert: string; key: string }

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** A client certificate for an application, signed by the CA: what mutual TLS takes in place of a token. */
export async function makeClientCertificate(appId: string, ca: Pem): Promise<Pem> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [appId] }],
    issuer: new x509.X509Certificate(ca.cert).subjectName,
    notAfter: new Date(Date.now() + 86_400_000),
    publicKey: publicKey.toCryptoKey(ECDSA, true, ['verify']),
    signingKey: createPrivateKey(ca.key).toCryptoKey(ECDSA, false, ['sign']),
    extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
  })
  return { cert: certificate.toString('pem'), key: pemOf(privateKey) }
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}
