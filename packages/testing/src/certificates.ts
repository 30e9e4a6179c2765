import 'reflect-metadata'
import { KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { cleanUp } from './clean-up.ts'

/** A certificate and its private key, both as PEM. */
export type Certificate = { cert: string; key: string }

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const ONE_DAY = 86_400_000

/** A new self-signed certificate for localhost. It can be its own CA. `name` distinguishes one from another. */
export async function selfSigned(name = 'localhost'): Promise<Certificate> {
  const keys = await newKeys()
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    notAfter: tomorrow(),
    signingAlgorithm: ECDSA,
    keys,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }])],
  })
  return { cert: certificate.toString('pem'), key: pemOf(keys.privateKey) }
}

/** A new CA that no service trusts, and a certificate that it issued for the host. `ca` is its certificate as PEM. */
export async function anotherAuthority({ host = 'localhost' } = {}): Promise<Certificate & { ca: string }> {
  const [caKeys, keys] = [await newKeys(), await newKeys()]
  const ca = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Another CA',
    notAfter: tomorrow(),
    signingAlgorithm: ECDSA,
    keys: caKeys,
    extensions: [new BasicConstraintsExtension(true, 0, true)],
  })
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${host}`,
    issuer: ca.subject,
    notAfter: tomorrow(),
    signingAlgorithm: ECDSA,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: host }])],
  })
  return { ca: ca.toString('pem'), cert: certificate.toString('pem'), key: pemOf(keys.privateKey) }
}

/** Writes certificate and key to a new folder, which is removed when the test is over. */
export function writeTlsFiles({ cert, key }: Certificate) {
  const folder = mkdtempSync(join(tmpdir(), 'signet-tls-'))
  cleanUp(() => rmSync(folder, { recursive: true }))
  const files = { certFile: join(folder, 'server.pem'), keyFile: join(folder, 'server.key') }
  writeFileSync(files.certFile, cert)
  writeFileSync(files.keyFile, key)
  return files
}

function newKeys() {
  return crypto.subtle.generateKey(ECDSA, true, ['sign', 'verify'])
}

function tomorrow(): Date {
  return new Date(Date.now() + ONE_DAY)
}

function pemOf(key: CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString()
}
