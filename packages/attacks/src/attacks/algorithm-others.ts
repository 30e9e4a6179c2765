import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { CVE } from '../cve.ts'
import type { Forge } from '../forge.ts'
import { type AsymmetricAlgorithm, signWith } from '../jwa.ts'
import { each, inGroup, refused } from '../probe.ts'

const RSA: AsymmetricAlgorithm[] = ['RS256', 'RS384', 'PS256', 'PS384', 'PS512']

const ELLIPTIC = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  ES512: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey,
  ES256K: () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey,
  EdDSA: () => generateKeyPairSync('ed25519').privateKey,
  Ed25519: () => generateKeyPairSync('ed25519').privateKey,
} satisfies Partial<Record<AsymmetricAlgorithm, () => KeyObject>>

/** Good signatures of algorithms that nobody agreed on. */
export const algorithmOthers = inGroup('algorithm', [
  ...RSA.map((alg) => ({
    name: `alg ${alg}, signed so with the application's own key`,
    why: 'RFC 8725 §3.1: a key is used with one algorithm, which the verifier names',
    forge: ({ token, application }: Forge) =>
      token({ header: { alg }, sign: signWith(alg, application.privateKey) }),
    expect: refused('algorithm_not_allowed'),
  })),
  ...each(ELLIPTIC, (alg, newKey) => ({
    name: `alg ${alg}, signed so with a new key that the header carries`,
    why: `RFC 8725 §3.1; ${CVE['2018-0114']}`,
    forge: ({ token }) => {
      const key = newKey()
      const { d: _, ...jwk } = key.export({ format: 'jwk' })
      return token({ header: { alg, jwk }, sign: signWith(alg as AsymmetricAlgorithm, key) })
    },
    expect: refused('algorithm_not_allowed'),
  })),
  {
    name: 'alg ES512, a signature of nothing but zeros',
    why: CVE['2022-21449'],
    forge: ({ token }) => token({ header: { alg: 'ES512' }, sign: () => Buffer.alloc(132) }),
    expect: refused('algorithm_not_allowed'),
  },
])
