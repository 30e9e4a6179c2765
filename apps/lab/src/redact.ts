import type { ProbeRequest } from '@signet/attacks'
import type { Page } from '@signet/web'
import { readable } from './text-diff.ts'

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

/** A request line by line, as it goes over the wire, with a count in place of everything that could be a signature. */
export function requestText({ method = 'GET', path = '/', headers = {}, body }: ProbeRequest): string[] {
  const fields = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((one) => `${name}: ${one}`),
  )
  const lines = [`${method} ${path}`, ...fields, ...(body ? ['', body] : [])]
  return lines.map((line) => readable(withholdOnTheWire(line))).reduce(withoutRepetition, [])
}

/** From the fourth of the same lines on, they are counted. */
function withoutRepetition(lines: string[], line: string, place: number, all: readonly string[]): string[] {
  const first = all.slice(0, place).findLastIndex((one) => one !== line) + 1
  const next = all.findIndex((one, index) => index > place && one !== line)
  const count = (next < 0 ? all.length : next) - first
  if (count < 4 || line === '') return [...lines, line]
  return place === first ? [...lines, `${line} ‹${count} times›`] : lines
}

/**
 * The last look at a page that tells of forged tokens: throws, so that the visitor gets a 500, rather than let anything
 * out that could be a signature. Whatever stands before it has withheld them already.
 */
export async function seal(page: Page): Promise<Page> {
  if (holdsSignature(String(await page.content))) throw new Error('a page held what could be a signature')
  return page
}
