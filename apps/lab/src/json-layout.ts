import type { Piece } from './difference.ts'
import type { LaidOut } from './marked-text.ts'

/** Sets each outermost member of a JSON object on a line of its own. What is laid out is not part of the text. */
export function layOut(pieces: readonly Piece[]): LaidOut[] {
  let depth = 0
  let before = ''
  return pieces.map((piece) => {
    const { text } = piece
    if (text === '}' || text === ']') depth--
    const opens = depth === 1 && (before === '{' || before === ',')
    const closes = depth === 0 && text === '}' && before !== '{'
    if (text === '{' || text === '[') depth++
    before = text
    return opens ? { ...piece, layout: '\n  ' } : closes ? { ...piece, layout: '\n' } : piece
  })
}
