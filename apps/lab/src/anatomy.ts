import { type KeyObject, verify } from 'node:crypto'
import { decodeText } from './decode.ts'
import { contentFindings, spellingFindings } from './findings.ts'
import { withholdDecoded } from './withhold.ts'

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
export type Signatory = Readonly<{ name: string; publicKey: KeyObject }>

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
