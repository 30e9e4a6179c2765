import { isUtf8 } from 'node:buffer'
import { codePoint, lexemesOf, readable } from './text-diff.ts'

/** What is unusual in the encoding of a part (RFC 7515 §2, RFC 4648 §3). The sentences quote no bytes of it. */
export function encodingFindings(part: string): string[] {
  const foreign = [...new Set(part.replace(/[\w-]/g, ''))]
  if (foreign.length > 0) return [`It has characters that are not base64url: ${named(foreign)}.`]
  if (Buffer.from(part, 'base64url').toString('base64url') === part) return []
  return ['It has stray bits: another last character would decode to the same bytes.']
}

/** What is unusual in the bytes of a header or of claims. `text` is the decoded text. */
export function contentFindings(bytes: Buffer, text: string): string[] {
  const foreign = [...new Set(text.match(/[^\0-\x7f]/gu))]
  const isText = isUtf8(bytes)
  return [
    ...(isText ? [] : ['Its bytes are not UTF-8.']),
    ...(isText && foreign.length > 0 ? [`It has characters beyond ASCII: ${named(foreign)}.`] : []),
    ...jsonFindings(bytes.toString()),
  ]
}

/** How a member of a JSON object differs from the good object. `is` and `was` are JSON; an absent member has none. */
type ChangedMember = Readonly<{ name: string; is?: string; was?: string }>

/** The members that differ, by name. If one of the texts is not a JSON object, the result is empty. */
export function changedMembers(good = '', forged = ''): ChangedMember[] {
  const [was, is] = [membersOf(good), membersOf(forged)]
  if (!was || !is) return []
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((name) => {
    const [before, after] = [was.get(name), is.get(name)]
    if (before === after) return []
    return [
      {
        name: readable(name),
        ...(after && { is: readable(after) }),
        ...(before && { was: readable(before) }),
      },
    ]
  })
}

/** The names of the outermost members. A repeated name is listed each time, which `JSON.parse` would hide. */
export function memberNames(json: string): string[] {
  const lexemes = lexemesOf(json).filter((lexeme) => !/^\s$/.test(lexeme))
  let depth = 0
  return lexemes.flatMap((lexeme, index) => {
    if (/^[{[]$/.test(lexeme)) depth++
    if (/^[}\]]$/.test(lexeme)) depth--
    const isName = depth === 1 && lexeme.startsWith('"') && lexemes[index + 1] === ':'
    return isName ? [String(JSON.parse(lexeme))] : []
  })
}

function jsonFindings(text: string): string[] {
  const value = parsed(text)
  if (value === undefined) return [text === '' ? 'It is empty.' : 'It is not JSON.']
  if (!isObject(value)) return ['It is JSON, but not an object.']
  const names = memberNames(text)
  const repeated = [...new Set(names.filter((name, place) => names.indexOf(name) !== place))]
  return repeated.map((name) => `It has “${readable(name)}” more than once; the last one counts.`)
}

function membersOf(text: string): Map<string, string> | undefined {
  const value = parsed(text)
  if (!isObject(value)) return undefined
  return new Map(Object.entries(value).map(([name, member]) => [name, JSON.stringify(member)]))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function named(characters: readonly string[]): string {
  const shown = characters.slice(0, 3).map((character) => `“${readable(character)}” ${codePoint(character)}`)
  const more = characters.length - shown.length
  return shown.join(', ') + (more > 0 ? `, and ${more} more` : '')
}
