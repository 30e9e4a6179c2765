import 'reflect-metadata'
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'
import { runKeys } from '../scripts/keys/command-line.ts'
import { APPLICATION } from './fixture.ts'

// This is not part of fixture.ts, since the servers import that file: the packages that are needed here would add to
// the memory that is measured.

type Pem = { cert: string; key: string }

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** Makes a fixture in a new temporary folder with the real key command, and resolves to the folder. */
export async function makeFixture(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-bench-'))
  const applications = join(folder, 'applications.json')
  writeFileSync(applications, JSON.stringify([APPLICATION]))
  const paths = ['--applications', applications, '--secrets', join(folder, 'secrets')]
  if ((await runKeys(['provision', ...paths], { print: () => {} })) !== 0)
    throw new Error('the keys could not be made')

  const client = join(folder, 'client')
  mkdirSync(client)
  const { cert, key } = await makeClientCertificate(APPLICATION.appId, {
    cert: readFileSync(join(folder, 'secrets/ca.pem'), 'utf8'),
    key: readFileSync(join(folder, 'secrets/ca.key'), 'utf8'),
  })
  writeFileSync(join(client, 'cert.pem'), cert)
  writeFileSync(join(client, 'cert.key'), key)
  return folder
}

/** A client certificate for an application, signed by the CA. Mutual TLS uses it instead of a token. */
async function makeClientCertificate(appId: string, ca: Pem): Promise<Pem> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [appId] }],
    issuer: new x509.X509Certificate(ca.cert).subjectName,
    notAfter: new Date(Date.now() + 86_400_000),
    publicKey: publicKey.toCryptoKey(ECDSA, true, ['verify']),
    signingKey: createPrivateKey(ca.key).toCryptoKey(ECDSA, false, ['sign']),
    extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
  })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { cert: certificate.toString('pem'), key }
}
