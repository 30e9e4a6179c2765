import { ALGORITHM } from '../forge.ts'
import { each, inGroup, refused } from '../probe.ts'
import type { Signer } from '../signing.ts'
import {
  type Encoding,
  SHA256,
  SHA512_WITH_GARBAGE,
  SHA512_WITHOUT_NULL,
  signEncoded,
  signWith,
} from '../signing.ts'
import { CVE } from './cve.ts'

const VERIFICATION = 'RFC 8017 §8.2.2: the block must be equal to the one that a signer makes'
const LENGTH = 'RFC 8017 §8.2.2, step 1: a signature is as long as the modulus'

/** How the valid signature is changed. */
const CHANGES: Record<string, [change: (good: Buffer, signer: Signer) => Buffer, why: string]> = {
  'left out': [() => Buffer.alloc(0), CVE['2020-28042']],
  'of one byte': [(good) => good.subarray(0, 1), LENGTH],
  'without its last byte': [(good) => good.subarray(0, -1), LENGTH],
  'without its first byte': [(good) => good.subarray(1), LENGTH],
  'followed by a zero': [(good) => Buffer.concat([good, Buffer.alloc(1)]), LENGTH],
  'preceded by a zero': [(good) => Buffer.concat([Buffer.alloc(1), good]), CVE['2020-14968']],
  'sent twice': [(good) => Buffer.concat([good, good]), LENGTH],
  'with its first bit inverted': [(good) => withBitFlipped(good, 0), VERIFICATION],
  'with a bit in the middle inverted': [(good) => withBitFlipped(good, good.length * 4), VERIFICATION],
  'with its last bit inverted': [(good) => withBitFlipped(good, good.length * 8 - 1), VERIFICATION],
  'in reverse order': [(good) => Buffer.from(good).reverse(), VERIFICATION],
  'of zeros': [(good) => Buffer.alloc(good.length), CVE['2022-21449']],
  'of ones': [
    (good) => Buffer.alloc(good.length, 0xff),
    'RFC 8017 §5.2.2: a signature is smaller than the modulus',
  ],
  'that is the number one': [
    (good) => Buffer.alloc(good.length).fill(1, good.length - 1),
    'RFC 8017 §5.2.2: 1 to any power is 1',
  ],
  'in hexadecimal': [(good) => Buffer.from(good.toString('hex')), 'RFC 7515 §3.1: base64url, applied once'],
  'plus the modulus': [plusModulus, 'RFC 8017 §5.2.2: the number is out of range'],
}

const changed = inGroup(
  'signature',
  each(CHANGES, (title, [change, why]) => ({
    name: `a signature ${title}`,
    why,
    forge: ({ token, application }) => {
      const sign = signWith(ALGORITHM, application.privateKey)
      return token({ sign: (input) => change(sign(input), application) })
    },
    expect: refused('token_rejected'),
    primed: true,
  })),
)

function withBitFlipped(good: Buffer, bit: number): Buffer {
  const bytes = Buffer.from(good)
  const byte = Math.floor(bit / 8)
  bytes.writeUInt8(bytes.readUInt8(byte) ^ (0x80 >> (bit % 8)), byte)
  return bytes
}

/** The same number modulo n, which arithmetic alone would accept. */
function plusModulus(good: Buffer, { publicKey }: Signer): Buffer {
  const n = Buffer.from(publicKey.export({ format: 'jwk' }).n ?? '', 'base64url')
  const hex = (numberOf(good) + numberOf(n)).toString(16)
  return Buffer.from(hex.padStart(Math.max(n.length * 2, hex.length + (hex.length % 2)), '0'), 'hex')
}

function numberOf(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`)
}

const ENCODINGS: Record<string, [encoding: Encoding, why: string]> = {
  'with short padding, and garbage after the digest': [{ paddingLength: 8 }, CVE['2006-4339']],
  'with padding that is not all ones': [{ padding: 0xfe }, CVE['2021-30246']],
  'with padding of zeros': [{ padding: 0 }, CVE['2021-30246']],
  'with the block type of encryption': [{ blockType: 2 }, 'RFC 8017 §9.2: a block of type 1'],
  'with the block type 0': [{ blockType: 0 }, 'RFC 8017 §9.2: a block of type 1'],
  'without the name of the digest': [{ digestInfo: Buffer.alloc(0) }, CVE['2022-24771']],
  'without the NULL in the name of the digest': [
    { digestInfo: SHA512_WITHOUT_NULL },
    'RFC 8017 §9.2, note 1: with a NULL',
  ],
  'with garbage in the name of the digest': [{ digestInfo: SHA512_WITH_GARBAGE }, CVE['2018-16152']],
  'that names SHA-256 and contains SHA-512': [
    { digestInfo: SHA256 },
    'RFC 8017 §9.2: the block names the digest algorithm',
  ],
}

/**
 * Blocks that the application's own key has signed, but that are not valid signatures (RFC 8017 §8.2.2, step 4). A verifier
 * that parses blocks, instead of comparing them, may accept them.
 */
const otherBlocks = inGroup(
  'signature',
  each(ENCODINGS, (title, [encoding, why]) => ({
    name: `a block ${title}`,
    why,
    forge: ({ token, application }) => token({ sign: signEncoded(application.privateKey, encoding) }),
    expect: refused('token_rejected'),
  })),
)

export const signatureBytes = [...changed, ...otherBlocks]
