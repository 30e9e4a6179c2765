import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'

/** By this name the certificates of our CA are known, also those of one that has been replaced since. */
export const CA_NAME = 'Signet local CA'

/** Days. */
const CA_LIFETIME = 3650
/** Days; browsers take no more than 398. */
const SERVER_LIFETIME = 397
const DAY = 86_400_000

type CertificateAuthority = { key: KeyObject; certificate: string; validToDate: Date }

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
  { service, key, ca }: { service: string; key: KeyObject; ca: CertificateAuthority },
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
