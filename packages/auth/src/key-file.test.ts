import 'reflect-metadata'
import { createPublicKey, generateKeyPairSync, type KeyObject, webcrypto } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { X509CertificateGenerator } from '@peculiar/x509'
import { beforeEach, describe, expect, it } from 'vitest'
import { KeyFileError } from './errors.ts'
import {
  loadPrivateKey,
  loadPublicKeys,
  privateKeyFile,
  publicKeyFile,
  readPrivateKey,
  readPublicKeys,
} from './key-file.ts'
import { keyPair } from './testing.ts'

const { publicKey, privateKey, publicPem, privatePem, keyId } = keyPair()

function publicPemOf(key: KeyObject, type: 'spki' | 'pkcs1' = 'spki'): string {
  return key.export({ type, format: 'pem' }).toString()
}

/** The main key with another public exponent, as a JWK writes it. */
function withExponent(e: string): string {
  return publicPemOf(createPublicKey({ format: 'jwk', key: { ...publicKey.export({ format: 'jwk' }), e } }))
}

function fault(text: string) {
  return expect.objectContaining({
    code: 'key_file_invalid',
    file: 'a_public.pem',
    message: `a_public.pem: ${text}`,
  })
}

describe('the names of key files', () => {
  it('are those of the contract', () => {
    expect(publicKeyFile('id-1')).toBe('id-1_public.pem')
    expect(privateKeyFile('id-1')).toBe('id-1_private.pem')
  })
})

describe('readPublicKeys', () => {
  const read = (pem: string) => readPublicKeys(pem, 'a_public.pem')

  it('reads a key (SPKI), with its thumbprint as key ID', () => {
    const [first, ...rest] = read(publicPem)

    expect(first?.key.equals(publicKey)).toBe(true)
    expect(first).toEqual({ keyId, key: expect.anything() })
    expect(rest).toEqual([])
  })

  it('reads a PKCS#1 public key', () => {
    expect(read(publicPemOf(publicKey, 'pkcs1'))).toMatchObject([{ keyId }])
  })

  it('reads an X.509 certificate', async () => {
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    const keys = {
      publicKey: await publicKey.toCryptoKey(algorithm, true, ['verify']),
      privateKey: await privateKey.toCryptoKey(algorithm, true, ['sign']),
    }
    const certificate = await X509CertificateGenerator.createSelfSigned(
      { name: 'CN=app-one', keys, signingAlgorithm: algorithm },
      webcrypto as Crypto,
    )

    expect(read(certificate.toString('pem'))).toMatchObject([{ keyId }])
  })

  it('finds no keys in an empty text', () => {
    expect(read('')).toEqual([])
    expect(read(' \n\t\r\n')).toEqual([])
  })

  it('reads several keys in the order in which they stand', () => {
    const other = keyPair('other')

    expect(read(`${other.publicPem}\n${publicPem}`).map((key) => key.keyId)).toEqual([other.keyId, keyId])
  })

  it('reads Windows line ends and text around the blocks (RFC 7468 §2)', () => {
    const pem = `owner: app-one\n${publicPem}\nthe old one:\n${publicPem}\nend`.replaceAll('\n', '\r\n')

    expect(read(pem)).toMatchObject([{ keyId }, { keyId }])
  })

  it('reads when each key was created from the text above its own block', () => {
    const pem = `# newest\ncreated: 2026-01-31T12:00:00Z\n${publicPem}created:  2025\n${publicPem}created: 2024-01-01T00:00:00Z\t\r\n${publicPem}`

    expect(read(pem).map(({ created }) => created)).toEqual([
      '2026-01-31T12:00:00Z',
      undefined,
      '2024-01-01T00:00:00Z',
    ])
  })

  it('does not use the text above another block', () => {
    const pem = `${publicPem}created: 2025\nby hand\n${publicPem}${publicPem}`

    expect(read(pem).map(({ created }) => created)).toEqual([undefined, '2025', undefined])
  })

  it.each(['was created: 2026', 'created: 2026 or so', 'created 2026', 'created:', 'cre\uFEFFated: 2026'])(
    'does not take %j for the time of creation',
    (text) => {
      expect(read(`${text}\n${publicPem}`)[0]).not.toHaveProperty('created')
    },
  )

  it('takes four keys', () => {
    expect(read(publicPem.repeat(4))).toHaveLength(4)
  })

  it('refuses five', () => {
    expect(() => read(publicPem.repeat(5))).toThrow(fault('holds more than 4 keys'))
  })

  it.each([
    ['PKCS#8', privatePem],
    ['PKCS#1', privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()],
    ['encrypted', '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----'],
  ])('refuses a private key (%s), also behind a public one', (_, pem) => {
    const refusal = fault('holds a private key, and must hold public keys only')

    expect(() => read(pem)).toThrow(refusal)
    expect(() => read(publicPem + pem)).toThrow(refusal)
  })

  it('refuses what is neither key nor certificate', () => {
    const pem = publicPem.replaceAll('PUBLIC KEY', 'CERTIFICATE REQUEST')

    expect(() => read(pem)).toThrow(fault('holds a CERTIFICATE REQUEST, not a public key'))
  })

  it.each([
    ['no PEM at all', 'no key'],
    ['a block without an end', publicPem.slice(0, -30)],
    ['a block with another end', publicPem.replace('END PUBLIC', 'END RSA PUBLIC')],
    ['a second block that is cut short', publicPem + publicPem.slice(0, 200)],
    ['a block without a text', '-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----'],
    ['a block in a block', publicPem.replace('\n', '\n-----BEGIN PUBLIC KEY-----\n')],
  ])('refuses %s', (_, pem) => {
    expect(() => read(pem)).toThrow(fault('is not a PEM file, or is incomplete'))
  })

  it('refuses a block that holds no key', () => {
    expect(() => read('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----')).toThrow(
      fault('holds a block that is not a key'),
    )
  })

  it.each([
    ['ec', generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey],
    ['ed25519', generateKeyPairSync('ed25519').publicKey],
    ['rsa-pss', generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey],
  ])('refuses a key of type %s', (type, key) => {
    expect(() => read(publicPemOf(key))).toThrow(fault(`holds a key of type ${type}, not rsa`))
  })

  it('refuses a key of 2047 bits', () => {
    const small = generateKeyPairSync('rsa', { modulusLength: 2047 })

    expect(() => read(publicPemOf(small.publicKey))).toThrow(
      fault('holds a key of 2047 bits, fewer than 2048'),
    )
  })

  it('refuses the public exponent 1, with which every signature can be forged', () => {
    expect(() => read(withExponent('AQ'))).toThrow(fault('holds a key with the public exponent 1'))
  })

  it.each([
    ['Ag', 2],
    ['BA', 4],
  ])('refuses an even public exponent (%s)', (e, exponent) => {
    expect(() => read(withExponent(e))).toThrow(fault(`holds a key with the public exponent ${exponent}`))
  })

  it('takes the public exponent 3', () => {
    expect(read(withExponent('Aw'))).toHaveLength(1)
  })
})

describe('readPrivateKey', () => {
  const read = (pem: string) => readPrivateKey(pem, 'a_public.pem')

  it.each(['pkcs8', 'pkcs1'] as const)('reads a %s key', (type) => {
    const pem = privateKey.export({ type, format: 'pem' }).toString()

    expect(read(pem).equals(privateKey)).toBe(true)
  })

  it.each([
    ['none', ''],
    ['two', privatePem + privatePem],
    ['its public key beside it', privatePem + publicPem],
  ])('asks for exactly one key: %s', (_, pem) => {
    expect(() => read(pem)).toThrow(fault('must hold exactly one private key'))
  })

  it('refuses a public key', () => {
    expect(() => read(publicPem)).toThrow(fault('holds a PUBLIC KEY, not a private key'))
  })

  it('refuses a block that holds no key', () => {
    expect(() => read('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----')).toThrow(
      fault('holds a block that is not a key'),
    )
  })

  it('refuses an incomplete key', () => {
    expect(() => read(privatePem.slice(0, 500))).toThrow(fault('is not a PEM file, or is incomplete'))
  })

  it('refuses a key of another type', () => {
    const { privateKey: ec } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

    expect(() => read(ec.export({ type: 'pkcs8', format: 'pem' }).toString())).toThrow(
      fault('holds a key of type ec, not rsa'),
    )
  })

  it('refuses a key of 1024 bits', () => {
    const { privateKey: small } = generateKeyPairSync('rsa', { modulusLength: 1024 })

    expect(() => read(small.export({ type: 'pkcs8', format: 'pem' }).toString())).toThrow(
      fault('holds a key of 1024 bits, fewer than 2048'),
    )
  })
})

describe('a key file on disk', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'signet-key-file-'))
    return () => rmSync(folder, { recursive: true })
  })

  function write(text: string): string {
    const file = join(folder, 'a.pem')
    writeFileSync(file, text)
    return file
  }

  it('is read', () => {
    expect(loadPublicKeys(write(publicPem))).toMatchObject([{ keyId }])
    expect(loadPrivateKey(write(privatePem)).equals(privateKey)).toBe(true)
  })

  it('may have 64 KiB', () => {
    expect(loadPublicKeys(write(publicPem.padEnd(64 * 1024)))).toHaveLength(1)
    expect(loadPrivateKey(write(privatePem.padEnd(64 * 1024))).type).toBe('private')
  })

  it('is refused when it has a byte more', () => {
    const refusal = expect.objectContaining({
      message: expect.stringMatching(/a\.pem: is larger than 65536 bytes$/),
    })

    expect(() => loadPublicKeys(write(publicPem.padEnd(64 * 1024 + 1)))).toThrow(refusal)
    expect(() => loadPrivateKey(write(privatePem.padEnd(64 * 1024 + 1)))).toThrow(refusal)
  })

  it('must be a file, because a pipe or a device could block the service', () => {
    const device = join(folder, 'device.pem')
    symlinkSync('/dev/null', device)

    expect(() => loadPublicKeys(device)).toThrow(
      expect.objectContaining({ code: 'key_file_invalid', message: `${device}: is not a regular file` }),
    )
  })

  it('is named by its faults', () => {
    const file = write('no key')

    expect(() => loadPublicKeys(file)).toThrow(KeyFileError)
    expect(() => loadPublicKeys(file)).toThrow(`${file}: `)
    expect(() => loadPrivateKey(file)).toThrow(`${file}: `)
  })

  it('throws the error of the file system when it cannot be read', () => {
    mkdirSync(join(folder, 'folder'))

    expect(() => loadPublicKeys(join(folder, 'gone'))).toThrow(expect.objectContaining({ code: 'ENOENT' }))
    expect(() => loadPrivateKey(join(folder, 'folder'))).toThrow(expect.objectContaining({ code: 'EISDIR' }))
  })
})
