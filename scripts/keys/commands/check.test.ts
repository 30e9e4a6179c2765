import { generateKeyPairSync } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ORDERS, PEOPLE, provisionedPlace, temporaryPlace } from '../../test/temporary-secrets.ts'
import type { Places } from '../places.ts'

const publicOf = (places: Places) => places.publicKey('people01')
const privateOf = (places: Places) => places.privateKey(PEOPLE)

test.each<[string, (places: Places) => void, RegExp]>([
  [
    'a mismatched pair',
    (p) => copyFileSync(p.privateKey(ORDERS), privateOf(p)),
    /people01_private.pem: does not belong to the published key\n {2}npm run keys -- rotate app-one/,
  ],
  [
    'a missing public key',
    (p) => rmSync(publicOf(p)),
    /people01_public.pem: is missing\n {2}npm run keys -- provision/,
  ],
  ['a missing private key', (p) => rmSync(privateOf(p)), /people01_private.pem: is missing\n/],
  [
    'a small key',
    (p) => writeFileSync(publicOf(p), publicPem('rsa', 1024)),
    /people01_public.pem: .*1024 bits/,
  ],
  [
    'a key that is not RSA',
    (p) => writeFileSync(publicOf(p), publicPem('ed25519')),
    /people01_public.pem: .*ed25519/,
  ],
  [
    'an incomplete key file',
    (p) => writeFileSync(publicOf(p), '-----BEGIN PUBLIC KEY-----\nMII'),
    /people01_public.pem: .*is incomplete/,
  ],
  [
    'a file that is not a private key',
    (p) => writeFileSync(privateOf(p), 'x'),
    /people01_private.pem: .*is not a PEM file/,
  ],
  [
    'a key under two applications',
    (p) => appendFileSync(p.publicKey('orders02'), readFileSync(publicOf(p))),
    /orders02_public.pem: also holds a key of app-one/,
  ],
  [
    'a private key in the public folder',
    (p) => copyFileSync(privateOf(p), join(p.publicKeys, 'x.pem')),
    /x.pem: holds a private key/,
  ],
  [
    'a private key published',
    (p) => copyFileSync(privateOf(p), publicOf(p)),
    /people01_public.pem: holds a private key, and is in the folder/,
  ],
  [
    'a public key of no application',
    (p) => copyFileSync(publicOf(p), join(p.publicKeys, 'gone_public.pem')),
    /gone_public.pem: belongs to no application/,
  ],
  [
    'a second private key beside one',
    (p) => copyFileSync(privateOf(p), join(p.folder('app-one'), 'old_private.pem')),
    /old_private.pem: is not the private key of app-one/,
  ],
  [
    'a private key that others can read',
    (p) => chmodSync(privateOf(p), 0o640),
    /people01_private.pem: its mode is 640\n {2}chmod 600/,
  ],
  [
    'a server key that others can read',
    (p) => chmodSync(p.serverKey('edge'), 0o644),
    /edge\/server.key: its mode is 644/,
  ],
  [
    'a folder that others can enter',
    (p) => chmodSync(p.publicKeys, 0o755),
    /public-keys: its mode is 755\n {2}chmod 700/,
  ],
  ['a missing certificate', (p) => rmSync(p.serverCertificate('edge')), /edge\/server.pem: is missing/],
  [
    'a certificate of another CA',
    (p) => rmSync(p.caCertificate),
    /ca.pem: is missing(.|\n)*edge\/server.pem: is not signed by ca.pem/,
  ],
  [
    'a certificate for another key',
    (p) => copyFileSync(p.serverKey('api'), p.serverKey('edge')),
    /edge\/server.pem: does not belong to server.key/,
  ],
  [
    'a file that is not a server key',
    (p) => writeFileSync(p.serverKey('edge'), 'x'),
    /edge\/server.key: is not an ECDSA P-256 key/,
  ],
  [
    'a CA key of another CA',
    (p) => copyFileSync(p.serverKey('api'), p.caKey),
    /ca.pem: does not belong to ca.key/,
  ],
  ['a file that cannot be read', (p) => loop(publicOf(p)), /ELOOP/],
])('finds %s', async (_, spoil, expected) => {
  const { places, keys } = await provisionedPlace()
  spoil(places)

  const { status, output } = await keys('check')

  expect(status).toBe(1)
  expect(output).toMatch(expected)
})

test('finds a revoked application that has a key', async () => {
  const { places, keys } = await provisionedPlace()
  const pem = readFileSync(publicOf(places))
  await keys('revoke app-one')
  writeFileSync(publicOf(places), pem)

  const { status, output } = await keys('check')

  expect(status).toBe(1)
  expect(output).toMatch(
    /people01_public.pem: app-one is revoked and still has a public key\n {2}npm run keys -- revoke app-one/,
  )
})

test.each([
  [370, 'ends in 26 days'],
  [400, 'has expired on'],
  [-1, 'is not valid before'],
])('compares certificates with the current time (in %i days: %s)', async (days, fault) => {
  const { keys } = await provisionedPlace()

  const { output } = await keys('check', { now: () => Date.now() + days * 86_400_000 })

  expect(output).toContain(`api/server.pem: ${fault}`)
})

test('finds a fault in the application registry with its line, and still looks at the certificates', async () => {
  const { places, keys } = await provisionedPlace()
  writeFileSync(places.applications, '[\n  { "appId": "a",\n    "name": "a", "permissions": "all" }\n]')
  rmSync(places.serverCertificate('edge'))

  const { output } = await keys('check')

  expect(output).toMatch(/applications.json:3: permissions must be/)
  expect(output).toContain('edge/server.pem: is missing')
  expect(output).toContain('2 findings')
})

test('does not report a file that a killed command left', async () => {
  const { places, keys } = await provisionedPlace()
  writeFileSync(join(places.publicKeys, '.people01_public.pem.0123456789abcdef.new'), 'half')

  expect(await keys('check')).toMatchObject({ status: 0 })
})

test('finds that nothing was provisioned, and makes nothing', async () => {
  const { places, keys } = temporaryPlace()

  expect(await keys('check')).toMatchObject({ status: 1 })
  expect(() => readFileSync(places.secrets)).toThrow(/ENOENT/)
})

function publicPem(type: 'rsa' | 'ed25519', modulusLength = 0): string {
  const { publicKey } =
    type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength }) : generateKeyPairSync('ed25519')
  return publicKey.export({ type: 'spki', format: 'pem' }).toString()
}

function loop(file: string): void {
  rmSync(file)
  mkdirSync(`${file}.d`)
  symlinkSync(file, file)
}

test('accepts a symbolic link as the folder of secrets, and so does provision', async () => {
  const { places, keys } = await provisionedPlace()
  renameSync(places.secrets, `${places.secrets}-elsewhere`)
  symlinkSync(`${places.secrets}-elsewhere`, places.secrets)

  expect(await keys('check')).toMatchObject({ status: 0, output: 'nothing is wrong' })
  expect(await keys('provision')).toMatchObject({ output: 'nothing to do' })

  chmodSync(`${places.secrets}-elsewhere`, 0o755)
  expect(await keys('check')).toMatchObject({ output: expect.stringContaining('secrets: its mode is 755') })
  await keys('provision')
  expect(await keys('check')).toMatchObject({ output: 'nothing is wrong' })
})

test.each([
  ['pkcs1', 'RSA PRIVATE KEY'],
  ['pkcs8', 'PRIVATE KEY'],
] as const)('finds a private key of the type %s in the folder of public keys', async (type, label) => {
  const { places, keys } = await provisionedPlace()
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const text = privateKey.export({ type, format: 'pem' }).toString()
  expect(text).toContain(`-----BEGIN ${label}-----`)
  writeFileSync(join(places.publicKeys, 'copy'), text)

  expect(await keys('check')).toMatchObject({
    status: 1,
    output: expect.stringContaining('holds a private key, and is in the folder of public keys'),
  })
})
