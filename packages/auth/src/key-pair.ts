import { createHash, type KeyObject, generateKeyPair as newKeyPair } from 'node:crypto'
import { promisify } from 'node:util'

/** Bits. A smaller RSA key is refused when it is read (RFC 7518 §3.3). */
export const MINIMUM_MODULUS = 2048

export type KeyPair = Readonly<{ publicKey: KeyObject; privateKey: KeyObject }>

/**
 * A new RSA key pair; `modulusLength` in bits.
 * @example const { privateKey, publicKey } = await generateKeyPair()
 */
export async function generateKeyPair({ modulusLength = 3072 } = {}): Promise<KeyPair> {
  return promisify(newKeyPair)('rsa', { modulusLength })
}

/**
 * The key ID: the SHA-256 thumbprint of the public half (RFC 7638 §3.2), the same for both halves of a pair.
 * @example thumbprint(publicKey) === thumbprint(privateKey) // true
 */
export function thumbprint(key: KeyObject): string {
  const { e, n } = key.export({ format: 'jwk' })
  return createHash('sha256').update(`{"e":"${e}","kty":"RSA","n":"${n}"}`).digest('base64url')
}
