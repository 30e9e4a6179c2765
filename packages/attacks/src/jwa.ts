import { constants, createHmac, type KeyObject, sign } from 'node:crypto'

/** Makes the signature of a token from its first two parts, joined by a dot (RFC 7515 §5.1). */
export type Sign = (input: string) => Buffer

export type AsymmetricAlgorithm = keyof typeof ASYMMETRIC
export type HmacAlgorithm = keyof typeof HMAC

/** Signs with an asymmetric algorithm, by its registered name (RFC 7518 §3.1, RFC 8037 §3.1, RFC 8812 §3.2). */
export function signWith(algorithm: AsymmetricAlgorithm, key: KeyObject): Sign {
  const { digest, ...options } = ASYMMETRIC[algorithm]
  return (input) => sign(digest, Buffer.from(input), { key, ...options })
}

/** Signs with a shared secret, of any length (RFC 7518 §3.2). */
export function hmacWith(algorithm: HmacAlgorithm, secret: Buffer): Sign {
  return (input) => createHmac(HMAC[algorithm], secret).update(input).digest()
}

const PKCS1 = { padding: constants.RSA_PKCS1_PADDING }
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
/** RFC 7518 §3.4: the two numbers side by side, not as ASN.1. */
const ECDSA = { dsaEncoding: 'ieee-p1363' } as const

const ASYMMETRIC = {
  RS256: { digest: 'sha256', ...PKCS1 },
  RS384: { digest: 'sha384', ...PKCS1 },
  RS512: { digest: 'sha512', ...PKCS1 },
  PS256: { digest: 'sha256', ...PSS },
  PS384: { digest: 'sha384', ...PSS },
  PS512: { digest: 'sha512', ...PSS },
  ES256: { digest: 'sha256', ...ECDSA },
  ES384: { digest: 'sha384', ...ECDSA },
  ES512: { digest: 'sha512', ...ECDSA },
  ES256K: { digest: 'sha256', ...ECDSA },
  EdDSA: { digest: null },
  Ed25519: { digest: null },
}

const HMAC = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' } as const
