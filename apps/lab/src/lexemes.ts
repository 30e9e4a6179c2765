/**
 * Cuts JSON, or what resembles it, into the smallest pieces that have a meaning: texts, words and numbers, single
 * characters. Joined they are the text again.
 */
export function lexemesOf(text: string): string[] {
  return text.match(/"(?:[^"\\]|\\.)*"|‹[^›]*›|[\w.+-]+|./gsu) ?? []
}

/** The names of the outermost members, as often as they stand there. */
export function namesOf(json: string): string[] {
  const pieces = lexemesOf(json).filter((piece) => !/^\s$/.test(piece))
  let depth = 0
  return pieces.flatMap((piece, index) => {
    if (/^[{[]$/.test(piece)) depth++
    if (/^[}\]]$/.test(piece)) depth--
    const isName = depth === 1 && piece.startsWith('"') && pieces[index + 1] === ':'
    return isName ? [String(JSON.parse(piece))] : []
  })
}
