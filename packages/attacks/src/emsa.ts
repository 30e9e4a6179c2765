import { constants, createHash, type KeyObject, privateEncrypt } from 'node:crypto'
import type { Sign } from './jwa.ts'

/** An encoded message as PKCS#1 v1.5 wants it (RFC 8017 §9.2), or with one thing wrong. */
export type Encoding = Readonly<{
  digest?: string
  /** What stands before the digest: its algorithm, in DER (RFC 8017 §9.2, note 1). */
  digestInfo?: Buffer
  /** 1 for signatures (RFC 8017 §9.2), 2 for encryption. */
  blockType?: number
  padding?: number
  /** Bytes of padding, fewer than there is room for. */
  paddingLength?: number
}>

/** Signs by hand: builds the encoded message and applies the private key to it, without any padding of its own. */
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
/** The parameters left out, where RFC 8017 §A.2.4 wants a NULL. */
export const SHA512_WITHOUT_NULL = Buffer.from('304f300b06096086480165030402030440', 'hex')
/** Eight bytes of whatever you like, where the parameters stand. */
export const SHA512_WITH_GARBAGE = Buffer.from(
  '305930150609608648016503040203040867617262616765210440',
  'hex',
)
export const SHA256 = Buffer.from('3031300d060960864801650304020105000420', 'hex')
