import {
  constants,
  createHash,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  privateEncrypt,
  randomBytes,
  sign,
} from 'node:crypto'

/** An application with its key pair, or an unknown signer: one that the API does not know. */
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

/** Returns a new signer. Its ID and its key (RSA, 2048 bits) look like those of any application. */
export function newSigner(appId = randomBytes(8).toString('hex')): Signer {
  return signerOf(appId, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)
}

/** RFC 7638 §3: the required members, ordered by name, without white space. */
function thumbprint(publicKey: KeyObject): string {
  const { e, kty, n } = publicKey.export({ format: 'jwk' })
  return createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url')
}

/** Makes the signature of a token from its first two parts, joined by a dot (RFC 7515 §5.1). */
export type Sign = (input: string) => Buffer

export type AsymmetricAlgorithm = keyof typeof ASYMMETRIC
export type HmacAlgorithm = keyof typeof HMAC

/** Signs with an asymmetric algorithm, by its registered name (RFC 7518 §3.1, RFC 8037 §3.1, RFC 8812 §3.2). */
export function signWith(algorithm: AsymmetricAlgorithm, key: KeyObject): Sign {
  const { digest, ...options } = ASYMMETRIC[algorithm]
  return (input) => sign(digest, Buffer.from(input), { key, ...options })
}

/** Signs with a shared secret of any length (RFC 7518 §3.2). */
export function hmacWith(algorithm: HmacAlgorithm, secret: Buffer): Sign {
  return (input) => createHmac(HMAC[algorithm], secret).update(input).digest()
}

const PKCS1 = { padding: constants.RSA_PKCS1_PADDING }
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
/** RFC 7518 §3.4: the two numbers one after the other, not as ASN.1. */
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

/** How an encoded message differs from what PKCS#1 v1.5 requires (RFC 8017 §9.2). Empty: not at all. */
export type Encoding = Readonly<{
  digest?: string
  /** The bytes before the digest: the digest's algorithm, in DER (RFC 8017 §9.2, note 1). */
  digestInfo?: Buffer
  /** 1 for signatures (RFC 8017 §9.2), 2 for encryption. */
  blockType?: number
  padding?: number
  /** Number of padding bytes. Fewer than fit leave zeros after the digest. */
  paddingLength?: number
}>

/** Signs step by step: builds the encoded message and applies the raw RSA operation to it. */
export function signEncoded(key: KeyObject, encoding: Encoding = {}): Sign {
  const { digest = 'sha512', digestInfo = SHA512, blockType = 1, padding = 0xff } = encoding
  const size = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8
  return (input) => {
    const end = Buffer.concat([Buffer.from([0]), digestInfo, createHash(digest).update(input).digest()])
    const { paddingLength = size - 2 - end.length } = encoding
    const block = Buffer.alloc(size)
    block.writeUInt8(blockType, 1)
    block.fill(padding, 2, 2 + paddingLength)
    end.copy(block, 2 + paddingLength)
    return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, block)
  }
}

export const SHA512 = Buffer.from('3051300d060960864801650304020305000440', 'hex')
/** Without the parameters. RFC 8017 §A.2.4 requires a NULL there. */
export const SHA512_WITHOUT_NULL = Buffer.from('304f300b06096086480165030402030440', 'hex')
/** With eight arbitrary bytes as the parameters. */
export const SHA512_WITH_GARBAGE = Buffer.from(
  '305930150609608648016503040203040867617262616765210440',
  'hex',
)
export const SHA256 = Buffer.from('3031300d060960864801650304020105000420', 'hex')
