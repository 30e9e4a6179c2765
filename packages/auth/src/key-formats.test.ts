import 'reflect-metadata'
import { execFileSync } from 'node:child_process'
import { type KeyObject, webcrypto } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { X509CertificateGenerator } from '@peculiar/x509'
import { beforeEach, describe, expect, it } from 'vitest'
import { loadPrivateKey, loadPublicKeys, readPrivateKey, readPublicKeys } from './key-file.ts'
import { keyPair } from './testing.ts'

const { privateKey, privatePem, publicPem, keyId } = keyPair()
const encrypted = { format: 'pem', cipher: 'aes-128-cbc', passphrase: 'secret' } as const

describe('a private-key file of another format', () => {
  it.each([
    [
      'OpenSSH',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\n-----END OPENSSH PRIVATE KEY-----\n',
      'a.pem: holds an OpenSSH private key. Change its format: ssh-keygen -p -m PEM -f a.pem',
    ],
    [
      'encrypted PKCS#8',
      privateKey.export({ type: 'pkcs8', ...encrypted }),
      'a.pem: holds an encrypted private key, and the services cannot ask for a passphrase. Decrypt it: openssl pkcs8 -topk8 -nocrypt -in a.pem -out a.pem.new',
    ],
    [
      'encrypted PKCS#1',
      privateKey.export({ type: 'pkcs1', ...encrypted }),
      'a.pem: holds an encrypted private key, and the services cannot ask for a passphrase. Decrypt it: openssl pkcs8 -topk8 -nocrypt -in a.pem -out a.pem.new',
    ],
    [
      'EC',
      '-----BEGIN EC PARAMETERS-----\nBggq\n-----END EC PARAMETERS-----\n-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----\n',
      'a.pem: holds an EC key, and RS512 needs an RSA key. Make one: openssl genrsa -out a.pem.new 3072',
    ],
    [
      'PuTTY',
      'PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n',
      'a.pem: holds a PuTTY private key. Change its format: puttygen a.pem -O private-openssh -o a.pem.new && ssh-keygen -p -m PEM -f a.pem.new',
    ],
  ])('is named, with the command that changes it: %s', (_, pem, message) => {
    expect(() => readPrivateKey(pem.toString(), 'a.pem')).toThrow(expect.objectContaining({ message }))
  })

  it.each(['pkcs8', 'pkcs1'] as const)('is refused as a private key, if encrypted: %s', (type) => {
    for (const pem of [privateKey.export({ type, ...encrypted }).toString()])
      for (const text of [pem, pem.replaceAll('\n', '\r\n')])
        expect(() => readPublicKeys(text, 'a.pem')).toThrow(
          'holds a private key, and must hold public keys only',
        )
  })

  it('is quoted in a command as a shell needs it', () => {
    const pem = privateKey.export({ type: 'pkcs8', ...encrypted }).toString()

    expect(() => readPrivateKey(pem, "/my keys/o'neil.pem")).toThrow(
      `-in '/my keys/o'\\''neil.pem' -out '/my keys/o'\\''neil.pem'.new`,
    )
  })
})

describe('a public-key file of another format', () => {
  it.each(['ssh-rsa AAAAB3NzaC1yc2E me@here', 'ecdsa-sha2-nistp256 AAAAE2VjZHNh', 'ssh-ed25519 AAAAC3Nza'])(
    'is named, with the command that changes it: %s',
    (text) => {
      expect(() => readPublicKeys(text, 'a.pem')).toThrow(
        'a.pem: holds an OpenSSH public key. Change its format: ssh-keygen -e -m PKCS8 -f a.pem > a.pem.new',
      )
    },
  )

  it('must not be a chain of certificates, because not all of its keys belong to the application', async () => {
    const authority = keyPair('authority')
    const root = await certificate({ subject: 'CN=ca', key: authority, issuer: 'CN=ca', signer: authority })
    const leaf = await certificate({ subject: 'CN=a', key: keyPair(), issuer: 'CN=ca', signer: authority })

    for (const chain of [leaf + root, root + leaf])
      expect(() => readPublicKeys(chain, 'a.pem')).toThrow(
        "a.pem: holds a chain of certificates, and only the first one is the application's. Keep its key: openssl x509 -in a.pem -pubkey -noout > a.pem.new",
      )
    expect(readPublicKeys(leaf, 'a.pem')).toMatchObject([{ keyId }])
  })

  it('may hold several certificates that did not issue each other, as in a rotation', async () => {
    const next = keyPair('next')
    const old = await certificate({ subject: 'CN=a', key: keyPair(), issuer: 'CN=a', signer: keyPair() })
    const newer = await certificate({ subject: 'CN=a', key: next, issuer: 'CN=a', signer: next })

    expect(readPublicKeys(newer + old, 'a.pem')).toMatchObject([{ keyId: next.keyId }, { keyId }])
  })

  it('may hold a certificate beside a public key', async () => {
    const next = keyPair('next')
    const newer = await certificate({ subject: 'CN=a', key: next, issuer: 'CN=a', signer: next })

    expect(readPublicKeys(newer + keyPair().publicPem, 'a.pem')).toMatchObject([
      { keyId: next.keyId },
      { keyId },
    ])
  })

  it('is named by its broken certificate, also in a chain', () => {
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'

    expect(() => readPublicKeys(broken + broken, 'a.pem')).toThrow('a.pem: holds a block that is not a key')
  })
})

describe('a key file whose lines or bytes another program changed', () => {
  let file: string

  beforeEach(() => {
    const folder = mkdtempSync(join(tmpdir(), 'signet odd-'))
    file = join(folder, 'a.pem')
    return () => rmSync(folder, { recursive: true })
  })

  it.each([
    ['one line', lines().join(''), 'in one line, or an indented one'],
    ['one line with spaces', lines().join(' '), 'in one line, or an indented one'],
    ['indented lines', `    ${lines().join('\n    ')}\n`, 'in one line, or an indented one'],
    ['\\n for line ends', lines().join('\\n'), 'with \\n in place of its line ends'],
  ])('is named, and the command in the message makes it readable: %s', (_, text, fault) => {
    writeFileSync(file, text)
    const { message } = thrownBy(() => loadPrivateKey(file))

    expect(message).toContain(fault)
    expect(message).toContain('BEGIN and END must each be a line of their own')
    execFileSync('sh', ['-c', message.slice(message.search(/awk|printf/))])

    expect(loadPrivateKey(`${file}.new`).equals(privateKey)).toBe(true)
  })

  it('is not named for spaces after BEGIN, nor for a block of several lines that is not a key', () => {
    const [begin, ...rest] = lines()
    const broken = [`${begin}  `, 'AAAA', 'AAAA', rest.at(-1)].join('\n')

    expect(() => readPrivateKey(broken, 'a.pem')).toThrow('a.pem: holds a block that is not a key')
  })

  it.each(['a note: ssh-rsa AAAA', 'my PuTTY-User-Key-File-2: ssh-rsa', 'X-Proc-Type: 4,ENCRYPTED'])(
    'is not another format for a word inside a line: %s',
    (text) => {
      expect(() => readPrivateKey(text, 'a.pem')).toThrow('a.pem: is not a PEM file, or is incomplete')
    },
  )

  it('does not put key material into a message', () => {
    for (const text of [
      lines().join(''),
      lines().join('\\n'),
      `  ${lines().join('\n  ')}`,
      lines().join('\r'),
    ])
      expect(thrownBy(() => readPrivateKey(text, 'a.pem')).message).not.toContain(lines()[1]?.slice(0, 12))
  })

  it('is DER, with the command that changes it', () => {
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'der' }))

    expect(() => loadPrivateKey(file)).toThrow(
      `is DER, not PEM. Change its format (a public key: with -pubin, too): openssl pkey -inform DER -in '${file}' -out '${file}'.new`,
    )
  })

  it('begins with a byte order mark and ends its lines with CRLF, and is read', () => {
    const text = `\uFEFFcreated: 2026-01-31T12:00:00Z\n${publicPem}`.replaceAll('\n', '\r\n')
    writeFileSync(file, text)
    expect(loadPublicKeys(file)).toMatchObject([{ keyId, created: '2026-01-31T12:00:00Z' }])

    writeFileSync(file, `\uFEFF${privatePem}`.replaceAll('\n', '\r\n'))
    expect(loadPrivateKey(file).equals(privateKey)).toBe(true)
  })

  it('is UTF-16, and is refused', () => {
    writeFileSync(file, `\uFEFF${publicPem}`, 'utf16le')

    expect(() => loadPublicKeys(file)).toThrow(`${file}: is UTF-16 (byte 1 is FF). Save it as UTF-8.`)
  })

  it('has a comment in another encoding, and is read', () => {
    writeFileSync(file, `José\n${publicPem}`, 'latin1')

    expect(loadPublicKeys(file)).toMatchObject([{ keyId }])
  })
})

function lines(): string[] {
  return privatePem.trim().split('\n')
}

function thrownBy(read: () => unknown): Error {
  try {
    read()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}

type Pair = { publicKey: KeyObject; privateKey: KeyObject }

async function certificate({
  subject,
  key,
  issuer,
  signer,
}: {
  subject: string
  key: Pair
  issuer: string
  signer: Pair
}) {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const made = await X509CertificateGenerator.create(
    {
      subject,
      issuer,
      publicKey: await key.publicKey.toCryptoKey(algorithm, true, ['verify']),
      signingKey: await signer.privateKey.toCryptoKey(algorithm, true, ['sign']),
      signingAlgorithm: algorithm,
    },
    webcrypto as Crypto,
  )
  return `${made.toString('pem')}\n`
}
