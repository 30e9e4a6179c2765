import { ALGORITHM } from '../contract.ts'
import { CVE } from '../cve.ts'
import { signWith } from '../jwa.ts'
import { each, inGroup, refused } from '../probe.ts'
import type { Signer } from '../signer.ts'

const VERIFICATION = 'RFC 8017 §8.2.2: the block must be the one that would be made'
const LENGTH = 'RFC 8017 §8.2.2, step 1: it is as long as the modulus'

/** What becomes of the good signature. */
const CHANGES: Record<string, [change: (good: Buffer, signer: Signer) => Buffer, why: string]> = {
  'left away': [() => Buffer.alloc(0), CVE['2020-28042']],
  'of one byte': [(good) => good.subarray(0, 1), LENGTH],
  'without its last byte': [(good) => good.subarray(0, -1), LENGTH],
  'without its first byte': [(good) => good.subarray(1), LENGTH],
  'with a zero behind it': [(good) => Buffer.concat([good, Buffer.alloc(1)]), LENGTH],
  'with a zero before it': [(good) => Buffer.concat([Buffer.alloc(1), good]), CVE['2020-14968']],
  'sent twice over': [(good) => Buffer.concat([good, good]), LENGTH],
  'with its first bit turned': [(good) => withBitTurned(good, 0), VERIFICATION],
  'with a bit in the middle turned': [(good) => withBitTurned(good, good.length * 4), VERIFICATION],
  'with its last bit turned': [(good) => withBitTurned(good, good.length * 8 - 1), VERIFICATION],
  'from back to front': [(good) => Buffer.from(good).reverse(), VERIFICATION],
  'of zeros': [(good) => Buffer.alloc(good.length), CVE['2022-21449']],
  'of ones': [(good) => Buffer.alloc(good.length, 0xff), 'RFC 8017 §5.2.2: it is smaller than the modulus'],
  'that is the number one': [
    (good) => Buffer.alloc(good.length).fill(1, good.length - 1),
    'RFC 8017 §5.2.2: 1 stays 1',
  ],
  'in hexadecimal': [(good) => Buffer.from(good.toString('hex')), 'RFC 7515 §3.1: base64url, once'],
  'plus the modulus': [plusModulus, 'RFC 8017 §5.2.2: it is out of range'],
}

export const signatureChanged = inGroup(
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

function withBitTurned(good: Buffer, bit: number): Buffer {
  const bytes = Buffer.from(good)
  const byte = Math.floor(bit / 8)
  bytes.writeUInt8(bytes.readUInt8(byte) ^ (0x80 >> (bit % 8)), byte)
  return bytes
}

/** The same number modulo n, so that arithmetic alone takes it for good. */
function plusModulus(good: Buffer, { publicKey }: Signer): Buffer {
  const n = Buffer.from(publicKey.export({ format: 'jwk' }).n ?? '', 'base64url')
  const hex = (numberOf(good) + numberOf(n)).toString(16)
  return Buffer.from(hex.padStart(Math.max(n.length * 2, hex.length + (hex.length % 2)), '0'), 'hex')
}

function numberOf(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`)
}
