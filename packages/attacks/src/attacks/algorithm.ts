import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Forge } from '../forge.ts'
import { each, inGroup, refused } from '../probe.ts'
import { type AsymmetricAlgorithm, type HmacAlgorithm, hmacWith, signWith } from '../signing.ts'
import { CVE } from './cve.ts'

const EMPTY = () => Buffer.alloc(0)

const SPELLINGS = {
  none: CVE['2021-22160'],
  None: 'RFC 8725 §2.1: a denylist misses a spelling',
  NONE: 'RFC 8725 §2.1: a denylist misses a spelling',
  nOnE: 'RFC 8725 §2.1: a denylist misses a spelling',
  ' none': 'RFC 8725 §2.1: a denylist misses white space',
  'none ': 'RFC 8725 §2.1: a denylist misses white space',
  'none\0': 'RFC 7519 §7.3: names are compared code point by code point, NUL included',
  nоne: 'RFC 7519 §7.3: a Cyrillic o is another letter',
  '': 'RFC 7515 §4.1.1: alg names an algorithm',
}

/** Tokens without a signature. If one is accepted, anyone can call the API as any application. */
const unsigned = inGroup('algorithm', [
  ...each(SPELLINGS, (alg, why) => ({
    name: `alg ${JSON.stringify(alg)}, no signature`,
    why,
    forge: ({ token }) => token({ header: { alg }, sign: EMPTY }),
    expect: refused('algorithm_not_allowed'),
  })),
  {
    name: 'alg "none", a good RS512 signature',
    why: 'RFC 7518 §3.6: an unsecured token has an empty signature',
    forge: ({ token }) => token({ header: { alg: 'none' } }),
    expect: refused('algorithm_not_allowed'),
  },
  {
    name: 'alg "none", and some bytes as the signature',
    why: CVE['2022-23540'],
    forge: ({ token }) => token({ header: { alg: 'none' }, sign: () => Buffer.from('signature') }),
    expect: refused('algorithm_not_allowed'),
  },
  {
    name: 'alg "none", typ and kid left out',
    why: CVE['2018-1000531'],
    forge: ({ token }) => token({ header: { alg: 'none', typ: undefined, kid: undefined }, sign: EMPTY }),
    expect: refused('algorithm_not_allowed'),
  },
])

const CASE = 'RFC 7515 §4.1.1: alg is case-sensitive'
const EXACT = 'RFC 7519 §7.3: names are compared code point by code point'
const TYPE = 'RFC 7515 §4.1.1: alg is required, and it is a string'

const NAMES: Record<string, [alg: unknown, why: string]> = {
  'in lower case': ['rs512', CASE],
  'in mixed case': ['Rs512', CASE],
  'followed by a space': ['RS512 ', EXACT],
  'preceded by a space': [' RS512', EXACT],
  'followed by a line break': ['RS512\n', EXACT],
  'followed by a NUL': ['RS512\0', EXACT],
  'in full-width letters': ['ＲＳ５１２', EXACT],
  'with a letter that looks like S': ['RЅ512', EXACT],
  'by its name in OpenSSL': ['RSA-SHA512', EXACT],
  'by its name in Java': ['SHA512withRSA', EXACT],
  'by its XML URI': [
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
    'RFC 7518 §A.1: the URI is not an alg value',
  ],
  'left out': [undefined, TYPE],
  null: [null, TYPE],
  'a list with RS512': [['RS512'], TYPE],
  'a list with RS512 and none': [['RS512', 'none'], TYPE],
  'an object': [{ RS512: true }, TYPE],
  'a number': [512, TYPE],
  true: [true, TYPE],
  'RSA-OAEP, for encryption': ['RSA-OAEP', CVE['2023-51774']],
  'dir, for encryption': ['dir', CVE['2023-51774']],
}

/** Good RS512 signatures under a name that is not exactly RS512. */
const misspelt = inGroup(
  'algorithm',
  each(NAMES, (title, [alg, why]) => ({
    name: `alg: ${title}`,
    why,
    forge: ({ token }) => token({ header: { alg } }),
    expect: refused('algorithm_not_allowed'),
  })),
)

type Encode = (key: KeyObject) => string | Buffer

const ENCODINGS: Record<string, [encode: Encode, why: string]> = {
  'as SPKI PEM': [(key) => pem(key, 'spki'), CVE['2015-9235']],
  'as SPKI PEM without the last line break': [(key) => pem(key, 'spki').trimEnd(), CVE['2016-5431']],
  'as SPKI PEM with CRLF': [(key) => pem(key, 'spki').replaceAll('\n', '\r\n'), CVE['2022-29217']],
  'as SPKI PEM after a line break': [(key) => `\n${pem(key, 'spki')}`, CVE['2026-34950']],
  'as PKCS#1 PEM': [(key) => pem(key, 'pkcs1'), CVE['2023-48223']],
  'as PKCS#1 PEM without the last line break': [(key) => pem(key, 'pkcs1').trimEnd(), CVE['2017-11424']],
  'as SPKI DER': [(key) => der(key, 'spki'), CVE['2022-29217']],
  'as PKCS#1 DER': [(key) => der(key, 'pkcs1'), CVE['2022-29217']],
  'as SPKI DER in base64': [(key) => der(key, 'spki').toString('base64'), CVE['2022-29217']],
  'as JWK': [(key) => JSON.stringify(key.export({ format: 'jwk' })), CVE['2024-54150']],
  'as its modulus': [(key) => Buffer.from(modulus(key), 'base64url'), CVE['2024-54150']],
  'as its modulus in base64url': [modulus, CVE['2024-54150']],
  'as an empty string': [() => '', CVE['2019-20933']],
}

const ALGORITHMS: HmacAlgorithm[] = ['HS256', 'HS384', 'HS512']

/** Many people know the public key. If it is used as a shared secret, all of them can sign (RFC 8725 §2.1). */
const keyedWithPublicKey = inGroup('algorithm', [
  ...ALGORITHMS.flatMap((alg) =>
    each(ENCODINGS, (title, [encode, why]) => ({
      name: `alg ${alg}, keyed with the public key ${title}`,
      why,
      forge: ({ token, application }) =>
        token({ header: { alg }, sign: hmacWith(alg, Buffer.from(encode(application.publicKey))) }),
      expect: refused('algorithm_not_allowed'),
    })),
  ),
  {
    name: 'alg HS256, keyed with the kid',
    why: 'RFC 8725 §2.2: a secret that anyone can read',
    forge: ({ token, application }) =>
      token({ header: { alg: 'HS256' }, sign: hmacWith('HS256', Buffer.from(application.keyId)) }),
    expect: refused('algorithm_not_allowed'),
  },
  {
    name: 'alg HS256, keyed with the empty file that kid names',
    why: 'RFC 8725 §3.10: kid as a path out of the key folder',
    forge: ({ token }) =>
      token({
        header: { alg: 'HS256', kid: '../../../../../../dev/null' },
        sign: hmacWith('HS256', Buffer.alloc(0)),
      }),
    expect: refused('algorithm_not_allowed'),
  },
])

function pem(key: KeyObject, type: 'spki' | 'pkcs1'): string {
  return key.export({ type, format: 'pem' }).toString()
}

function der(key: KeyObject, type: 'spki' | 'pkcs1'): Buffer {
  return key.export({ type, format: 'der' })
}

function modulus(key: KeyObject): string {
  return key.export({ format: 'jwk' }).n ?? ''
}

const RSA: AsymmetricAlgorithm[] = ['RS256', 'RS384', 'PS256', 'PS384', 'PS512']

const ELLIPTIC = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  ES512: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey,
  ES256K: () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey,
  EdDSA: () => generateKeyPairSync('ed25519').privateKey,
  Ed25519: () => generateKeyPairSync('ed25519').privateKey,
} satisfies Partial<Record<AsymmetricAlgorithm, () => KeyObject>>

/** Good signatures of other algorithms. */
const otherAlgorithms = inGroup('algorithm', [
  ...RSA.map((alg) => ({
    name: `alg ${alg}, a good signature of the application's own key`,
    why: 'RFC 8725 §3.1: the verifier names the one algorithm of a key',
    forge: ({ token, application }: Forge) =>
      token({ header: { alg }, sign: signWith(alg, application.privateKey) }),
    expect: refused('algorithm_not_allowed'),
  })),
  ...each(ELLIPTIC, (alg, newKey) => ({
    name: `alg ${alg}, a good signature of a new key in the header`,
    why: `RFC 8725 §3.1; ${CVE['2018-0114']}`,
    forge: ({ token }) => {
      const key = newKey()
      const { d: _, ...jwk } = key.export({ format: 'jwk' })
      return token({ header: { alg, jwk }, sign: signWith(alg as AsymmetricAlgorithm, key) })
    },
    expect: refused('algorithm_not_allowed'),
  })),
  {
    name: 'alg ES512, a signature of zeros',
    why: CVE['2022-21449'],
    forge: ({ token }) => token({ header: { alg: 'ES512' }, sign: () => Buffer.alloc(132) }),
    expect: refused('algorithm_not_allowed'),
  },
])

export const algorithm = [...unsigned, ...misspelt, ...keyedWithPublicKey, ...otherAlgorithms]
