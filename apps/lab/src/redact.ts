import type { ProbeRequest } from '@signet/attacks'
import type { Page } from '@signet/web'
import { readable } from './text-diff.ts'

/** Characters in a row that could be a signature, or a part of one, in base64url, base64 or hexadecimal. */
const ENCODED = /[\w+/-]{40,}/g
const DECODED = /[\w+/-]{80,}/g

/**
 * Replaces each long run of characters by its length. The shortest signature that the attacks make (HS256) has 43
 * characters; the signatures of real keys have 342 or more. No token can be made from what is left.
 */
export function redactEncoded(text: string): string {
  return text.replace(ENCODED, counted)
}

/** The same for decoded headers, claims and answers, which may contain another token. Key IDs (43 characters) stay. */
export function redactDecoded(text: string): string {
  return text.replace(DECODED, counted)
}

/** A request line by line, as it is sent, without anything that could be a signature. */
export function requestText({ method = 'GET', path = '/', headers = {}, body }: ProbeRequest): string[] {
  const fields = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((one) => `${name}: ${one}`),
  )
  const lines = [`${method} ${path}`, ...fields, ...(body ? ['', body] : [])]
  return lines.map((line) => readable(redactEncoded(line))).reduce(withoutRepetition, [])
}

/** Throws if a page holds what could be a signature, so that the visitor gets a 500. It is the last check of the page. */
export async function assertRedacted(page: Page): Promise<Page> {
  if (mayHoldSignature(String(await page.content))) throw new Error('a page held what could be a signature')
  return page
}

/** Whether a run of characters is as long as the signature of the smallest key that is accepted (2048 bits). */
export function mayHoldSignature(text: string): boolean {
  return /[\w+/-]{300,}/.test(text)
}

function counted({ length }: string): string {
  return `‹${length.toLocaleString('en')} characters›`
}

/** Four or more equal lines become one line with their number. */
function withoutRepetition(lines: string[], line: string, place: number, all: readonly string[]): string[] {
  const first = all.slice(0, place).findLastIndex((one) => one !== line) + 1
  const next = all.findIndex((one, index) => index > place && one !== line)
  const count = (next < 0 ? all.length : next) - first
  if (count < 4 || line === '') return [...lines, line]
  return place === first ? [...lines, `${line} ‹${count} times›`] : lines
}
