/** Characters in a row that could be a signature, or a part of one: base64url, base64, hexadecimal. */
const ON_THE_WIRE = /[\w+/-]{40,}/g
const DECODED = /[\w+/-]{80,}/g

/**
 * What was sent, with a count in place of every long row of letters. The shortest signature that is forged here, by
 * HS256, has 43; our own have 342 or more. Of what is left nobody can make a token.
 */
export function withholdOnTheWire(text: string): string {
  return text.replace(ON_THE_WIRE, counted)
}

/** The same for a header or claims, which may hold another token: key IDs and times stay, anything longer goes. */
export function withholdDecoded(text: string): string {
  return text.replace(DECODED, counted)
}

/** Whether a text holds a row of letters as long as the signature of the smallest key that is accepted (2048 bits). */
export function holdsSignature(text: string): boolean {
  return /[\w+/-]{300,}/.test(text)
}

function counted({ length }: string): string {
  return `‹${length.toLocaleString('en')} characters›`
}
