import { base64url } from '../forge.ts'
import { each, inGroup, refused } from '../probe.ts'

type Encode = (bytes: Buffer) => string

const ENCODINGS: Record<string, [encode: Encode, why: string]> = {
  'with one padding character': [(bytes) => `${base64url(bytes)}=`, 'RFC 7515 §2: without trailing ='],
  'with two padding characters': [(bytes) => `${base64url(bytes)}==`, 'RFC 7515 §2: without trailing ='],
  'with stray bits at the end': [withStrayBits, 'RFC 4648 §3.5: two spellings of the same bytes'],
  'in the alphabet of base64': [inOldAlphabet, 'RFC 4648 §5: - and _, not + and /'],
  'with a space': [(bytes) => split(bytes, ' '), 'RFC 7515 §2: no white space'],
  'with a tab': [(bytes) => split(bytes, '\t'), 'RFC 7515 §2: no white space'],
  'with an asterisk': [(bytes) => split(bytes, '*'), 'RFC 4648 §3.3: other characters are refused'],
  'with a Latin-1 letter': [(bytes) => split(bytes, 'é'), 'RFC 4648 §3.3: other characters are refused'],
  'with padding in the middle': [(bytes) => split(bytes, '='), 'RFC 4648 §3.3: other characters are refused'],
}

const PARTS = ['header', 'claims', 'signature'] as const

/**
 * A lenient decoder reads each spelling as the right bytes, and the signature is over that spelling. If a token has two
 * spellings, the second one is missing from a list of tokens that were seen or revoked (RFC 4648 §12).
 */
export const encoding = inGroup(
  'encoding',
  PARTS.flatMap((part) =>
    each(ENCODINGS, (title, [encode, why]) => ({
      name: `the ${part} ${title}`,
      why,
      forge: ({ token }) => token({ header: awkward, claims: awkward, encode: { [part]: encode } }),
      expect: refused('token_malformed'),
    })),
  ),
)

/** Bytes that need - and _ in base64url. Their number is a multiple of three plus one, so that bits are left over. */
function awkward(good: string): string {
  const json = `${good.slice(0, -1)},"note":"????>>>>"}`
  return json + ' '.repeat((4 - (json.length % 3)) % 3)
}

function withStrayBits(bytes: Buffer): string {
  const text = base64url(bytes)
  if (text.length % 4 === 0) return `${text}A`
  return text.slice(0, -1) + base64url(Buffer.from([(sextet(text.at(-1)) | 1) << 2])).charAt(0)
}

/** The six bits that a letter encodes. */
function sextet(letter = 'A'): number {
  return Buffer.from(`${letter}A`, 'base64url').readUInt8() >> 2
}

function inOldAlphabet(bytes: Buffer): string {
  return base64url(bytes).replaceAll('-', '+').replaceAll('_', '/')
}

function split(bytes: Buffer, separator: string): string {
  const text = base64url(bytes)
  const middle = Math.floor(text.length / 2)
  return text.slice(0, middle) + separator + text.slice(middle)
}
