import type { X509Certificate } from 'node:crypto'
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
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
import { RefusedError } from './errors.ts'
import { createFile, FOLDER, PRIVATE, PUBLIC, replaceFile } from './files.ts'
import { makeFolder } from './ownership.ts'
import { isThere, type Places, SERVICES, shown } from './places.ts'

/** By this name the certificates of our CA are known, also those of one that has been replaced since. */
export const CA_NAME = 'Signet local CA'

/** Days. */
const CA_LIFETIME = 3650
/** Days; browsers take no more than 398. */
const SERVER_LIFETIME = 397
const DAY = 86_400_000

type SigningAuthority = { key: KeyObject; certificate: string; validToDate: Date }

/** A key for a CA or a server: ECDSA on P-256, since its handshake costs half of RSA's. PKCS#8. */
export function makeKey(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString()
}

/** A self-signed certificate (PEM) for a CA's key. It may sign servers only, no further CA (RFC 5280 §4.2.1.9). */
export async function makeCaCertificate(key: KeyObject, now: number): Promise<string> {
  const x509 = await loadX509()
  const keys = await cryptoKeysOf(key)
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [CA_NAME] }],
    keys,
    ...validity(now, now + CA_LIFETIME * DAY),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return `${certificate.toString('pem')}\n`
}

/** A certificate (PEM) for a server's key, which names the machine itself and the service. */
export async function makeServerCertificate(
  { service, key, ca }: { service: string; key: KeyObject; ca: SigningAuthority },
  now: number,
): Promise<string> {
  const x509 = await loadX509()
  const issuer = new x509.X509Certificate(ca.certificate)
  const { publicKey } = await cryptoKeysOf(key)
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [service] }],
    issuer: issuer.subjectName,
    publicKey,
    signingKey: (await cryptoKeysOf(ca.key)).privateKey,
    ...validity(now, Math.min(now + SERVER_LIFETIME * DAY, ca.validToDate.getTime())),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...dnsNames(service).map((value) => ({ type: 'dns' as const, value })),
        ...IP_ADDRESSES.map((value) => ({ type: 'ip' as const, value })),
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  })
  return `${certificate.toString('pem')}\n`
}

/** The names under which a service is reached. */
export const dnsNames = (service: string) => ['localhost', service]
export const IP_ADDRESSES = ['127.0.0.1', '::1']

/** The library takes a tenth of a second to load, and `provision`, run at every start, mostly has no need of it. */
async function loadX509() {
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

async function cryptoKeysOf(key: KeyObject) {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  return {
    privateKey: key.toCryptoKey(algorithm, false, ['sign']),
    publicKey: createPublicKey(key).toCryptoKey(algorithm, true, ['verify']),
  }
}

/** From an hour ago, since clocks differ. */
function validity(now: number, end: number) {
  return {
    serialNumber: `01${randomBytes(15).toString('hex')}`,
    notBefore: new Date(now - 3_600_000),
    notAfter: new Date(end),
  }
}

/**
 * Makes or renews the CA and the certificates of the servers where they are missing, wrong or near their end. `onMade`
 * is called with each file. A certificate that another CA issued is left alone; `warn` is called when it needs a person.
 * A key that stands is kept, and every certificate is made for the key on disk: so two runs
 * at once, or one cut short, never leave a pair that does not match.
 */
export async function provisionCertificates(places: Places, options: Options): Promise<void> {
  makeFolder(places.secrets, FOLDER)
  const ca = await provisionCa(places, options)
  for (const service of SERVICES) {
    await provisionServer(places, service, ca, options)
    handOutCa(places, service, options)
  }
}

type Options = { now: number; onMade: (file: string) => void; warn: (line: string) => void }

type CertificateAuthority = { certificate: X509Certificate; key: KeyObject | undefined }

async function provisionCa(places: Places, { now, onMade }: Options): Promise<CertificateAuthority> {
  const standing = readCertificate(places.caCertificate)
  // A CA whose key is kept elsewhere stays as it is: a new key would be a new root of trust.
  const key = standing ? readEcKey(places.caKey) : provisionKey(places.caKey, onMade)
  const fault = caFault(standing, key, now)
  if (standing && !fault) return { certificate: standing, key }
  if (!key) throw new RefusedError(`${shown(places.caCertificate)}: ${fault}. ${CA_KEY_IS_AWAY}`)
  const text = await makeCaCertificate(key, now)
  replaceFile(places.caCertificate, text, PUBLIC)
  onMade(places.caCertificate)
  return { certificate: readCertificate(places.caCertificate) as X509Certificate, key }
}

async function provisionServer(
  places: Places,
  service: string,
  ca: CertificateAuthority,
  { now, onMade, warn }: Options,
): Promise<void> {
  makeFolder(places.folder(service), FOLDER)
  const file = places.serverCertificate(service)
  const standing = readCertificate(file)
  if (!standing && isThere(file)) throw new RefusedError(`${shown(file)}: is no certificate. ${BY_HAND}`)
  if (standing && isForeign(standing, ca.certificate))
    return checkForeign(standing, { file, keyFile: places.serverKey(service), now, warn })
  const key = provisionKey(places.serverKey(service), onMade)
  const fault = serverFault({ certificate: standing, key, ca: ca.certificate, service }, now)
  if (!fault) return
  if (!ca.key) throw new RefusedError(`${shown(file)}: ${fault}. ${CA_KEY_IS_AWAY}`)
  const { certificate, key: caKey } = ca
  const authority = { key: caKey, certificate: certificate.toString(), validToDate: certificate.validToDate }
  replaceFile(file, await makeServerCertificate({ service, key, ca: authority }, now), PUBLIC)
  onMade(file)
}

/** An expired one may stay, since the key is good and the other services can run; a pair that no service can load is refused. */
function checkForeign(
  certificate: X509Certificate,
  { file, keyFile, now, warn }: { file: string; keyFile: string; now: number; warn: Options['warn'] },
): void {
  const unpaired = pairFault(certificate, readPrivateKey(keyFile))
  if (unpaired) throw new RefusedError(`${shown(file)}: ${unpaired}. ${BY_HAND}`)
  const fault = foreignAgeFault(certificate, now)
  if (fault) warn(`${shown(file)}: ${fault}. ${BY_HAND}`)
}

/** A service gets its own folder to see and no other, so the CA's certificate lies there, too. */
function handOutCa(places: Places, service: string, { onMade }: Options): void {
  const file = places.handedOutCa(service)
  const text = readFileSync(places.caCertificate, 'utf8')
  if (isThere(file) && readFileSync(file, 'utf8') === text) return
  replaceFile(file, text, PUBLIC)
  onMade(file)
}

/** Whichever of two runs creates the file, both go on with the key that stands there. */
function provisionKey(file: string, onMade: Options['onMade']): KeyObject {
  const standing = readEcKey(file)
  if (standing) return standing
  if (createFile(file, makeKey(), PRIVATE)) onMade(file)
  return readEcKey(file) as KeyObject
}

const CA_KEY_IS_AWAY =
  'The key of the CA is not here: put ca.key back, or remove ca.pem for a new CA, which every caller must then trust.'
