import { isUtf8 } from 'node:buffer'
import { codePoint, namesOf, readable } from './text-diff.ts'

/** What is special in how a part is spelled (RFC 7515 §2, RFC 4648 §3), in sentences that quote nothing of it. */
export function spellingFindings(part: string): string[] {
  const foreign = [...new Set(part.replace(/[\w-]/g, ''))]
  if (foreign.length > 0) return [`It holds what is no base64url: ${named(foreign)}.`]
  if (Buffer.from(part, 'base64url').toString('base64url') === part) return []
  return ['Stray bits: its last letter could be another one, and the bytes would be the same.']
}

/** What is special in the bytes of a header or of claims. `text` is what they decode to. */
export function contentFindings(bytes: Buffer, text: string): string[] {
  const foreign = [...new Set(text.match(/[^\0-\x7f]/gu))]
  const isText = isUtf8(bytes)
  return [
    ...(isText ? [] : ['Its bytes are not UTF-8.']),
    ...(isText && foreign.length > 0 ? [`It holds characters beyond ASCII: ${named(foreign)}.`] : []),
    ...jsonFindings(bytes.toString()),
  ]
}

function jsonFindings(text: string): string[] {
  const value = parsed(text)
  if (value === undefined) return [text === '' ? 'It is empty.' : 'It is no JSON.']
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return ['It is JSON, but no object.']
  const names = namesOf(text)
  const twice = [...new Set(names.filter((name, place) => names.indexOf(name) !== place))]
  return twice.map((name) => `“${readable(name)}” stands there more than once; the last one counts.`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function named(characters: readonly string[]): string {
  const shown = characters.slice(0, 3).map((character) => `“${readable(character)}” ${codePoint(character)}`)
  const more = characters.length - shown.length
  return shown.join(', ') + (more > 0 ? `, and ${more} more` : '')
}

/** How a member of a JSON object differs from the good one; `is` and `was` are JSON, and missing where it is. */
type ChangedMember = Readonly<{ name: string; is?: string; was?: string }>

/** The members that differ, by name. None where one of the texts is no JSON object: then all of it does. */
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

function membersOf(text: string): Map<string, string> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    return new Map(Object.entries(value).map(([name, member]) => [name, JSON.stringify(member)]))
  } catch {
    return undefined
  }
}
