import { isUtf8 } from 'node:buffer'
import { type KeyObject, verify } from 'node:crypto'
import { contentFindings, encodingFindings } from './findings.ts'
import { redactDecoded } from './redact.ts'

/** The parts of a token, decoded. No token can be made from it. */
export type Anatomy = Readonly<{
  /** The number of parts. A token that is well formed has three. */
  count: number
  header: Part | undefined
  claims: Part | undefined
  signature: Signature | undefined
}>

/** `text` is the decoded text. It is undefined if the bytes are not text. */
export type Part = Readonly<{
  characters: number
  bytes: number
  text: string | undefined
  findings: readonly string[]
}>

/** What can be said about a signature without showing it. `verifiedBy`: the name of the key that verifies it as RS512. */
export type Signature = Omit<Part, 'text'> & Readonly<{ verifiedBy: string | undefined }>

/** A key that may have signed, with the name that the lab shows for its owner. */
type NamedKey = Readonly<{ name: string; publicKey: KeyObject }>

/**
 * Decodes a token. It never throws: what is wrong with the token becomes a finding. It keeps no character of the third part
 * or of later parts. In the first two parts, it removes every run of characters that is long enough to be a signature.
 */
export function takeApart(token: string, keys: readonly NamedKey[]): Anatomy {
  const parts = token.split('.')
  const [header, claims, signature] = parts
  return {
    count: parts.length,
    header: header === undefined ? undefined : readPart(header),
    claims: claims === undefined ? undefined : readPart(claims),
    signature: signature === undefined ? undefined : readSignature(signature, `${header}.${claims}`, keys),
  }
}

function readPart(part: string): Part {
  const bytes = Buffer.from(part, 'base64url')
  const text = decodeText(bytes)
  const findings = text === undefined ? ['It is not text.'] : contentFindings(bytes, text)
  return {
    characters: part.length,
    bytes: bytes.length,
    text: text && redactDecoded(text),
    findings: [...encodingFindings(part), ...findings],
  }
}

function readSignature(part: string, signed: string, keys: readonly NamedKey[]): Signature {
  const bytes = Buffer.from(part, 'base64url')
  const key = keys.find(({ publicKey }) => verify('sha512', Buffer.from(signed), publicKey, bytes))
  return {
    characters: part.length,
    bytes: bytes.length,
    findings: encodingFindings(part),
    verifiedBy: key?.name,
  }
}

/** A part with more invalid bytes is not a faulty text but something else, such as a signature. */
const MAX_INVALID_BYTES = 8

/** Decodes UTF-8. A byte that is not UTF-8 becomes ⟨hex⟩. Returns undefined if the bytes are not text. */
function decodeText(bytes: Buffer): string | undefined {
  if (isUtf8(bytes)) return bytes.toString()
  let text = ''
  let invalid = 0
  for (let place = 0; place < bytes.length && invalid <= MAX_INVALID_BYTES; ) {
    const length = [1, 2, 3, 4].find((size) => isCharacter(bytes, place, size))
    text += length
      ? bytes.toString('utf8', place, place + length)
      : `⟨${bytes.toString('hex', place, place + 1)}⟩`
    if (!length) invalid++
    place += length ?? 1
  }
  return invalid > MAX_INVALID_BYTES ? undefined : text
}

function isCharacter(bytes: Buffer, place: number, size: number): boolean {
  return place + size <= bytes.length && isUtf8(bytes.subarray(place, place + size))
}
