import { isUtf8 } from 'node:buffer'
import { type KeyObject, verify } from 'node:crypto'
import { contentFindings, spellingFindings } from './findings.ts'
import { withholdDecoded } from './redact.ts'

/** A token taken apart, without anything of which a token could be made. */
export type Anatomy = Readonly<{
  /** How many parts there are; three, as it should be. */
  count: number
  header: Part | undefined
  claims: Part | undefined
  signature: Signature | undefined
}>

/** `text` is what it decodes to, and is missing where the bytes are no text. */
export type Part = Readonly<{
  characters: number
  bytes: number
  text: string | undefined
  findings: readonly string[]
}>

/** What can be told of a signature without showing it. `verifiedBy`: whose key verifies it, as RS512. */
export type Signature = Omit<Part, 'text'> & Readonly<{ verifiedBy: string | undefined }>

/** Somebody whose key may have signed, by the name under which the lab speaks of it. */
type Signatory = Readonly<{ name: string; publicKey: KeyObject }>

/**
 * Takes a token apart, in the way of a kind reader: what is wrong with it is told, and stops nothing. Of the third part
 * and all behind it no letter is kept, and in the first two no row of letters that is long enough for a signature.
 */
export function takeApart(token: string, signatories: readonly Signatory[]): Anatomy {
  const parts = token.split('.')
  const [header, claims, signature] = parts
  return {
    count: parts.length,
    header: header === undefined ? undefined : readPart(header),
    claims: claims === undefined ? undefined : readPart(claims),
    signature: signature === undefined ? undefined : measure(signature, `${header}.${claims}`, signatories),
  }
}

function readPart(part: string): Part {
  const bytes = Buffer.from(part, 'base64url')
  const text = decodeText(bytes)
  const findings = text === undefined ? ['It is no text.'] : contentFindings(bytes, text)
  return {
    characters: part.length,
    bytes: bytes.length,
    text: text && withholdDecoded(text),
    findings: [...spellingFindings(part), ...findings],
  }
}

function measure(part: string, signed: string, signatories: readonly Signatory[]): Signature {
  const bytes = Buffer.from(part, 'base64url')
  const signatory = signatories.find(({ publicKey }) =>
    verify('sha512', Buffer.from(signed), publicKey, bytes),
  )
  return {
    characters: part.length,
    bytes: bytes.length,
    findings: spellingFindings(part),
    verifiedBy: signatory?.name,
  }
}

/** Bytes that are no UTF-8, beyond which a part is no text with a fault but something else, such as a signature. */
const TOLERANCE = 8

/** The bytes as text, those that are no UTF-8 as ⟨hex⟩; nothing where they are no text at all. */
function decodeText(bytes: Buffer): string | undefined {
  if (isUtf8(bytes)) return bytes.toString()
  let text = ''
  let invalid = 0
  for (let place = 0; place < bytes.length && invalid <= TOLERANCE; ) {
    const length = [1, 2, 3, 4].find((size) => isCharacter(bytes, place, size))
    text += length
      ? bytes.toString('utf8', place, place + length)
      : `⟨${bytes.toString('hex', place, place + 1)}⟩`
    if (!length) invalid++
    place += length ?? 1
  }
  return invalid > TOLERANCE ? undefined : text
}

function isCharacter(bytes: Buffer, place: number, size: number): boolean {
  return place + size <= bytes.length && isUtf8(bytes.subarray(place, place + size))
}
