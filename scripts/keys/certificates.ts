import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  type X509Certificate,
} from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  BY_HAND,
  CA_NAME,
  caFault,
  dnsNames,
  foreignAgeFault,
  IP_ADDRESSES,
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
import { exists, type Places, SERVICES, shown } from './places.ts'

/**
 * Makes or renews the certificates of the CA and the servers that are missing, wrong or near their end. `onMade` is called
 * with each file. A certificate that another CA issued is left alone; `warn` is called when it needs the operator.
 *
 * An existing key is kept, and each certificate is made for the key on the disk. So two runs at once, or an interrupted
 * one, never leave a certificate and a key that do not belong together.
 */
export async function provisionCertificates(places: Places, options: Options): Promise<void> {
  makeFolder(places.secrets, FOLDER)
  const ca = await provisionCa(places, options)
  for (const service of SERVICES) {
    await provisionServer(places, service, ca, options)
    copyCa(places, service, options)
  }
}

type Options = { now: number; onMade: (file: string) => void; warn: (line: string) => void }

/** `key` is undefined if it is kept at another place. */
type CertificateAuthority = { certificate: X509Certificate; key: KeyObject | undefined }

async function provisionCa(places: Places, { now, onMade }: Options): Promise<CertificateAuthority> {
  const existing = readCertificate(places.caCertificate)
  // If its key is kept at another place, the CA stays as it is: a new key would be a new root of trust.
  const key = existing ? readEcKey(places.caKey) : provisionKey(places.caKey, onMade)
  const fault = caFault(existing, key, now)
  if (existing && !fault) return { certificate: existing, key }
  if (!key) throw new RefusedError(`${shown(places.caCertificate)}: ${fault}. ${NO_CA_KEY}`)
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
  const existing = readCertificate(file)
  if (!existing && exists(file)) throw new RefusedError(`${shown(file)}: is not a certificate. ${BY_HAND}`)
  if (existing && isForeign(existing, ca.certificate))
    return checkForeign(existing, { file, keyFile: places.serverKey(service), now, warn })
  const key = provisionKey(places.serverKey(service), onMade)
  const fault = serverFault({ certificate: existing, key, ca: ca.certificate, service }, now)
  if (!fault) return
  if (!ca.key) throw new RefusedError(`${shown(file)}: ${fault}. ${NO_CA_KEY}`)
  const { certificate, key: caKey } = ca
  const issuer = { key: caKey, certificate: certificate.toString(), validToDate: certificate.validToDate }
  replaceFile(file, await makeServerCertificate({ service, key, issuer }, now), PUBLIC)
  onMade(file)
}

/** A pair that no service can load is refused. An expired certificate is only reported, so that the other services can run. */
function checkForeign(
  certificate: X509Certificate,
  { file, keyFile, now, warn }: { file: string; keyFile: string; now: number; warn: Options['warn'] },
): void {
  const unpaired = pairFault(certificate, readPrivateKey(keyFile))
  if (unpaired) throw new RefusedError(`${shown(file)}: ${unpaired}. ${BY_HAND}`)
  const fault = foreignAgeFault(certificate, now)
  if (fault) warn(`${shown(file)}: ${fault}. ${BY_HAND}`)
}

function copyCa(places: Places, service: string, { onMade }: Options): void {
  const file = places.caCopy(service)
  const text = readFileSync(places.caCertificate, 'utf8')
  if (exists(file) && readFileSync(file, 'utf8') === text) return
  replaceFile(file, text, PUBLIC)
  onMade(file)
}

/** If two runs make the file at once, both continue with the key that is in it. */
function provisionKey(file: string, onMade: Options['onMade']): KeyObject {
  const existing = readEcKey(file)
  if (existing) return existing
  if (createFile(file, makeKey(), PRIVATE)) onMade(file)
  return readEcKey(file) as KeyObject
}

const NO_CA_KEY =
  'The key of the CA is not here: put ca.key back, or remove ca.pem for a new CA, which every caller must then trust.'

/** A key for a CA or a server, as PKCS#8: ECDSA on P-256, since its handshake costs half of that with RSA. */
export function makeKey(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString()
}

/** Days. */
const CA_LIFETIME = 3650
/** Days; browsers accept at most 398. */
const SERVER_LIFETIME = 397
const DAY = 86_400_000

/** A self-signed certificate (PEM) for a CA's key. The CA may sign servers only, no further CA (RFC 5280 §4.2.1.9). */
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

/** A certificate (PEM) for a server's key. It names the machine itself and the service. */
export async function makeServerCertificate(
  { service, key, issuer }: { service: string; key: KeyObject; issuer: Issuer },
  now: number,
): Promise<string> {
  const x509 = await loadX509()
  const ca = new x509.X509Certificate(issuer.certificate)
  const { publicKey } = await cryptoKeysOf(key)
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [service] }],
    issuer: ca.subjectName,
    publicKey,
    signingKey: (await cryptoKeysOf(issuer.key)).privateKey,
    ...validity(now, Math.min(now + SERVER_LIFETIME * DAY, issuer.validToDate.getTime())),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...dnsNames(service).map((value) => ({ type: 'dns' as const, value })),
        ...IP_ADDRESSES.map((value) => ({ type: 'ip' as const, value })),
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(ca.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  })
  return `${certificate.toString('pem')}\n`
}

/** The certificate is PEM. */
type Issuer = { key: KeyObject; certificate: string; validToDate: Date }

/** The library takes 0.1 s to load. `provision` runs at every start, and mostly does not need it. */
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

/** The certificate begins an hour ago, since clocks differ. */
function validity(now: number, end: number) {
  return {
    serialNumber: `01${randomBytes(15).toString('hex')}`,
    notBefore: new Date(now - 3_600_000),
    notAfter: new Date(end),
  }
}
