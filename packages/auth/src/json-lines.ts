/**
 * The line (from 1) on which the entry at `index` of a JSON array stands, or the member `field` of that entry. Only
 * for text that `JSON.parse` took: an error message deserves a line number, but not a parser of its own.
 */
export function lineOf(text: string, index: number, field = ''): number {
  let depth = 0
  let entry = 0
  let found = 0
  for (const { 0: token, index: at } of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},]/g)) {
    if (token === '[' || token === '{') depth++
    if (token === ']' || token === '}') depth--
    if (token === ',' && depth === 1) entry++
    if (entry > index) break
    if (entry < index) continue
    if (!found && token !== ',' && depth > 0) found = at
    if (depth === 2 && token === JSON.stringify(field) && /^\s*:/.test(text.slice(at + token.length)))
      found = at
  }
  return text.slice(0, found).split('\n').length
}
