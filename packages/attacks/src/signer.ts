import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'

/** Who signs: an application with its key pair, or somebody whom the API does not know. */
export type Signer = Readonly<{
  appId: string
  privateKey: KeyObject
  publicKey: KeyObject
  keyId: string
}>

export function signerOf(appId: string, privateKey: KeyObject): Signer {
  const publicKey = createPublicKey(privateKey)
  return { appId, privateKey, publicKey, keyId: thumbprint(publicKey) }
}

/** Somebody new, whose ID and key (RSA, 2048 bits) look like any application's. */
export function newSigner(appId = randomBytes(8).toString('hex')): Signer {
  return signerOf(appId, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)
}

/** RFC 7638 §3: the required members in the order of their names, without white space. */
function thumbprint(publicKey: KeyObject): string {
  const { e, kty, n } = publicKey.export({ format: 'jwk' })
  return createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url')
}
