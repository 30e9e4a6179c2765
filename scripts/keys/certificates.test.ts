import 'reflect-metadata'
import { createPrivateKey, KeyObject, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:tls'
import {
  BasicConstraintsExtension,
  X509Certificate as ParsedCertificate,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { describe, expect, onTestFinished, test } from 'vitest'
import { provisionedPlace } from '../test/temporary-secrets.ts'
import { makeCaCertificate, makeKey, makeServerCertificate } from './certificates.ts'
import type { Places } from './places.ts'

const NOW = Date.now()
const DAY = 86_400_000

test.each(['localhost', '127.0.0.1', '::1', 'edge'])(
  'a client that trusts the CA trusts a server as %s',
  async (host) => {
    const { ca, server } = await makeBoth()
    const port = await listen(server)

    const socket = connect({ port, host: '127.0.0.1', ca: ca.certificate, ...nameOf(host) })
    await once(socket, 'secureConnect')

    expect(socket.authorized).toBe(true)
    expect(socket.getPeerX509Certificate()?.publicKey.asymmetricKeyDetails).toEqual({
      namedCurve: 'prime256v1',
    })
    socket.destroy()
  },
)

test('a server is not trusted under another name', async () => {
  const { ca, server } = await makeBoth()
  const port = await listen(server)

  const socket = connect({ port, host: '127.0.0.1', ca: ca.certificate, servername: 'api' })

  expect(await once(socket, 'error')).toMatchObject([{ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }])
})

test('a CA may sign servers only, and a server may sign nothing', async () => {
  const { ca, server } = await makeBoth()

  expect(new X509Certificate(ca.certificate).ca).toBe(true)
  const limits = new ParsedCertificate(ca.certificate).getExtension(BasicConstraintsExtension)
  expect(limits).toMatchObject({ ca: true, pathLength: 0, critical: true })
  expect(new X509Certificate(server.certificate).ca).toBe(false)
  expect(new X509Certificate(server.certificate).keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
})

test('a server certificate does not outlast its CA', async () => {
  const end = new Date(Math.floor((NOW + 40 * DAY) / 1000) * 1000)
  const { server } = await makeBoth(end)

  expect(new X509Certificate(server.certificate).validToDate).toEqual(end)
})

async function makeBoth(validToDate = new Date(NOW + 3650 * DAY)) {
  const caKey = createPrivateKey(makeKey())
  const ca = { key: caKey, certificate: await makeCaCertificate(caKey, NOW), validToDate }
  const key = makeKey()
  const certificate = await makeServerCertificate(
    { service: 'edge', key: createPrivateKey(key), issuer: ca },
    NOW,
  )
  return { ca, server: { key, certificate } }
}

async function listen({ key, certificate }: { key: string; certificate: string }): Promise<number> {
  const server = createServer({ key, cert: certificate }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** A client must not send an IP address as the server name (RFC 6066 §3), so it is only compared with the certificate. */
function nameOf(host: string) {
  if (!/^[\d:.]+$/.test(host)) return { servername: host }
  const checkServerIdentity = (_: string, { raw }: { raw: Buffer }) =>
    new X509Certificate(raw).checkIP(host) ? undefined : new Error(`${host} is not named`)
  return { checkServerIdentity }
}

test('renews the server certificates 30 days before their end, for the same keys', async () => {
  const { places, keys } = await provisionedPlace()
  const key = readFileSync(places.serverKey('api'), 'utf8')
  const end = new X509Certificate(readFileSync(places.serverCertificate('api'))).validToDate.getTime()

  expect(await keys('provision', { now: () => end - 30 * DAY })).toMatchObject({ output: 'nothing to do' })
  const { output } = await keys('provision', { now: () => end - 30 * DAY + 1 })

  expect(output.split('\n')).toHaveLength(4)
  expect(readFileSync(places.serverKey('api'), 'utf8')).toBe(key)
})

test.each<[string, (places: Places) => void]>([
  ['is missing', (places) => rmSync(places.serverCertificate('api'))],
  ['names another service', (places) => copyPair(places, 'edge', 'api')],
  ['has lost its key', (places) => rmSync(places.serverKey('api'))],
])('renews a server certificate that %s', async (_, spoil) => {
  const { places, keys } = await provisionedPlace()
  spoil(places)

  expect(await keys('provision')).toMatchObject({
    status: 0,
    output: expect.stringContaining('api/server.pem'),
  })
  expect(await keys('check')).toMatchObject({ status: 0 })
})

test('keeps a file that is not a certificate, and names it, since no command wrote it', async () => {
  const { places, keys } = await provisionedPlace()
  writeFileSync(places.serverCertificate('api'), 'half')

  expect(await keys('provision')).toMatchObject({
    status: 1,
    errors: expect.stringContaining('api/server.pem: is not a certificate. Put a valid certificate'),
  })
  expect(await keys('check')).toMatchObject({ status: 1 })
  expect(readFileSync(places.serverCertificate('api'), 'utf8')).toBe('half')
})

describe('a certificate that another CA issued', () => {
  test.each(['RSA', 'ECDSA'] as const)(
    'stays, with its %s key, and nothing is wrong with it',
    async (type) => {
      const { places, keys } = await provisionedPlace()
      const pair = await putForeign(places, type)

      expect(await keys('provision')).toMatchObject({ status: 0, output: 'nothing to do' })

      expect(await keys('check')).toMatchObject({ status: 0, output: 'nothing is wrong' })
      expect(pairOf(places)).toEqual(pair)
    },
  )

  test('stays under a new CA of Signet, while the certificates of the old one are renewed', async () => {
    const { places, keys } = await provisionedPlace()
    const pair = await putForeign(places, 'ECDSA')
    rmSync(places.caKey)
    rmSync(places.caCertificate)

    const { output } = await keys('provision')

    expect(output.match(/made .*server\.pem/g)).toHaveLength(3)
    expect(pairOf(places)).toEqual(pair)
    expect(await keys('check')).toMatchObject({ status: 0 })
  })

  test.each<[string, (places: Places) => void]>([
    ['with another key', (places) => copyFileSync(places.serverKey('edge'), places.serverKey('api'))],
    ['with a key that cannot be read', (places) => writeFileSync(places.serverKey('api'), 'nonsense')],
    ['without its key', (places) => rmSync(places.serverKey('api'))],
  ])('%s is refused, and neither file is changed', async (_, spoil) => {
    const { places, keys } = await provisionedPlace()
    await putForeign(places, 'ECDSA')
    spoil(places)
    const before = pairOf(places)

    expect(await keys('provision')).toMatchObject({
      status: 1,
      errors: expect.stringContaining(
        'api/server.pem: does not belong to server.key. Put a valid certificate',
      ),
    })

    expect(await keys('check')).toMatchObject({
      status: 1,
      output: expect.stringContaining('api/server.pem: does not belong to server.key'),
    })
    expect(pairOf(places)).toEqual(before)
  })

  test.each([
    ['has expired', 91, /api\/server.pem: has expired on /],
    ['has less than a tenth of its lifetime left', 82, /api\/server.pem: ends on /],
    ['is not valid yet', -2, /api\/server.pem: is not valid before /],
  ])('that %s is reported and stays', async (_, days, fault) => {
    const { places, keys } = await provisionedPlace()
    const pair = await putForeign(places, 'ECDSA')
    const now = () => NOW + days * DAY

    expect(await keys('provision', { now })).toMatchObject({
      status: 0,
      output: expect.stringMatching(fault),
    })
    expect(await keys('check', { now })).toMatchObject({ status: 1, output: expect.stringMatching(fault) })
    expect(pairOf(places)).toEqual(pair)
  })

  test('is replaced by a certificate of our CA after both files are removed', async () => {
    const { places, keys } = await provisionedPlace()
    await putForeign(places, 'RSA')
    rmSync(places.serverCertificate('api'))
    rmSync(places.serverKey('api'))

    expect(await keys('provision')).toMatchObject({ status: 0 })
    expect(await keys('check')).toMatchObject({ status: 0 })
  })
})

test('renews certificates under a CA of the operator with any name', async () => {
  const { places, keys } = await provisionedPlace()
  const { ca, caKey } = await makeForeign('ECDSA')
  writeFileSync(places.caCertificate, ca)
  writeFileSync(places.caKey, caKey)
  await keys('provision')

  const { output } = await keys('provision', { now: () => NOW + 380 * DAY })

  expect(output.match(/made .*server\.pem/g)).toHaveLength(4)
})

test('renews all server certificates under a new CA', async () => {
  const { places, keys } = await provisionedPlace()
  rmSync(places.caKey)
  rmSync(places.caCertificate)

  const { output } = await keys('provision')

  expect(output.split('\n')).toHaveLength(2 + 4 * 2)
  expect(await keys('check')).toMatchObject({ status: 0 })
})

test("copies the CA's certificate into the folder of each service, and replaces the copies after a change", async () => {
  const { places, keys } = await provisionedPlace()
  const before = readFileSync(places.caCertificate, 'utf8')
  expect(readFileSync(places.caCopy('app-one'), 'utf8')).toBe(before)
  rmSync(places.caKey)
  rmSync(places.caCertificate)

  await keys('provision')

  const after = readFileSync(places.caCertificate, 'utf8')
  expect(after).not.toBe(before)
  expect(readFileSync(places.caCopy('app-one'), 'utf8')).toBe(after)
})

test('does not need the key of the CA until there is something to sign', async () => {
  const { places, keys } = await provisionedPlace()
  rmSync(places.caKey)

  expect(await keys('provision')).toMatchObject({ status: 0, output: 'nothing to do' })
  rmSync(places.serverCertificate('edge'))
  expect(await keys('provision')).toMatchObject({
    status: 1,
    errors: expect.stringContaining('put ca.key back'),
  })
})

test('keeps a key file of an unknown format, and names it', async () => {
  const { places, keys } = await provisionedPlace()
  writeFileSync(places.serverKey('api'), 'nonsense')

  const { status, errors } = await keys('provision')

  expect(status).toBe(1)
  expect(errors).toContain('api/server.key: is not an ECDSA P-256 key')
  expect(readFileSync(places.serverKey('api'), 'utf8')).toBe('nonsense')
})

function copyPair(places: Places, from: string, to: string): void {
  copyFileSync(places.serverKey(from), places.serverKey(to))
  copyFileSync(places.serverCertificate(from), places.serverCertificate(to))
}

/** Replaces the API's certificate by one of another CA, which is valid for 90 days. */
async function putForeign(places: Places, type: 'RSA' | 'ECDSA') {
  const { certificate, key } = await makeForeign(type)
  writeFileSync(places.serverCertificate('api'), certificate)
  writeFileSync(places.serverKey('api'), key, { mode: 0o600 })
  return pairOf(places)
}

/** The text of the API's two files; undefined for one that does not exist. */
function pairOf(places: Places) {
  return [places.serverCertificate('api'), places.serverKey('api')].map((file) =>
    existsSync(file) ? readFileSync(file, 'utf8') : undefined,
  )
}

/** A CA with another name, valid for ten years, and a certificate that it issued. All as PEM. */
async function makeForeign(type: 'RSA' | 'ECDSA') {
  const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const rsa = {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  }
  const caKeys = await crypto.subtle.generateKey(ecdsa, true, ['sign', 'verify'])
  const ca = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Another CA, O=Another operator',
    keys: caKeys,
    notBefore: new Date(NOW - DAY),
    notAfter: new Date(NOW + 3650 * DAY),
    extensions: [new BasicConstraintsExtension(true, 0, true)],
  })
  const keys = await crypto.subtle.generateKey(type === 'RSA' ? rsa : ecdsa, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.create({
    subject: 'CN=api.example.com',
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    notBefore: new Date(NOW - DAY),
    notAfter: new Date(NOW + 89 * DAY),
    extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: 'api.example.com' }])],
  })
  const pem = (key: CryptoKey) => KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString()
  return {
    ca: ca.toString('pem'),
    caKey: pem(caKeys.privateKey),
    certificate: certificate.toString('pem'),
    key: pem(keys.privateKey),
  }
}
