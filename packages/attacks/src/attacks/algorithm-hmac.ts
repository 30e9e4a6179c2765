import type { KeyObject } from 'node:crypto'
import { CVE } from '../cve.ts'
import { type HmacAlgorithm, hmacWith } from '../jwa.ts'
import { each, inGroup, refused } from '../probe.ts'

type Encode = (key: KeyObject) => string | Buffer

const ENCODINGS: Record<string, [encode: Encode, why: string]> = {
  'as SPKI PEM': [(key) => pem(key, 'spki'), CVE['2015-9235']],
  'as SPKI PEM without the last line break': [(key) => pem(key, 'spki').trimEnd(), CVE['2016-5431']],
  'as SPKI PEM with CRLF': [(key) => pem(key, 'spki').replaceAll('\n', '\r\n'), CVE['2022-29217']],
  'as SPKI PEM behind a line break': [(key) => `\n${pem(key, 'spki')}`, CVE['2026-34950']],
  'as PKCS#1 PEM': [(key) => pem(key, 'pkcs1'), CVE['2023-48223']],
  'as PKCS#1 PEM without the last line break': [(key) => pem(key, 'pkcs1').trimEnd(), CVE['2017-11424']],
  'as SPKI DER': [(key) => der(key, 'spki'), CVE['2022-29217']],
  'as PKCS#1 DER': [(key) => der(key, 'pkcs1'), CVE['2022-29217']],
  'as SPKI DER in base64': [(key) => der(key, 'spki').toString('base64'), CVE['2022-29217']],
  'as JWK': [(key) => JSON.stringify(key.export({ format: 'jwk' })), CVE['2024-54150']],
  'as its modulus': [(key) => Buffer.from(modulus(key), 'base64url'), CVE['2024-54150']],
  'as its modulus in base64url': [modulus, CVE['2024-54150']],
  'as nothing at all': [() => '', CVE['2019-20933']],
}

const ALGORITHMS: HmacAlgorithm[] = ['HS256', 'HS384', 'HS512']

/** The public key is known to many. Taken for a shared secret, it lets all of them sign (RFC 8725 §2.1). */
export const algorithmHmac = inGroup('algorithm', [
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
    why: 'RFC 8725 §2.2: a secret that everybody can read',
    forge: ({ token, application }) =>
      token({ header: { alg: 'HS256' }, sign: hmacWith('HS256', Buffer.from(application.keyId)) }),
    expect: refused('algorithm_not_allowed'),
  },
  {
    name: 'alg HS256, keyed with the empty file that kid points to',
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
