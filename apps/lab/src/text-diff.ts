import { type Html, html } from '@signet/web'
import { diffArrays } from 'diff'

/** A piece of a text. `differs`: the other text does not have this piece at this place. */
export type Piece = Readonly<{ text: string; differs: boolean }>

/** A piece with the white space that is shown before it. The white space is not part of the text, and is never marked. */
export type LaidOut = Piece & { layout?: string }

/** If there are more pairs of pieces to compare, everything between the common start and the common end differs. */
const MAX_PAIRS = 1_000_000

/** A run of pieces that is longer (in characters) is shown as its start and its end. */
const MAX_RUN = { shown: 400, start: 120, end: 40 }

/**
 * Compares two lists of pieces, and marks in each of them the pieces that the other one does not have. The library pairs
 * the first pieces that match. Therefore the common start and the common end are taken off first: otherwise the last brace of
 * an added object would be paired with the last brace of the whole text.
 */
export function difference(left: readonly string[], right: readonly string[]): [Piece[], Piece[]] {
  const start = commonStart(left, right)
  const end = commonStart(left.slice(start).reverse(), right.slice(start).reverse())
  const inLeft = left.slice(start, left.length - end)
  const inRight = right.slice(start, right.length - end)
  const changes = [
    { value: left.slice(0, start), removed: false, added: false },
    ...(inLeft.length * inRight.length > MAX_PAIRS
      ? [
          { value: inLeft, removed: true, added: false },
          { value: inRight, removed: false, added: true },
        ]
      : diffArrays(inLeft, inRight)),
    { value: left.slice(left.length - end), removed: false, added: false },
  ]
  const piecesWithout = (absent: 'added' | 'removed') =>
    changes
      .filter((change) => !change[absent])
      .flatMap(({ value, removed, added }) => value.map((text) => ({ text, differs: removed || added })))
  return [piecesWithout('added'), piecesWithout('removed')]
}

function commonStart(left: readonly string[], right: readonly string[]): number {
  const first = left.findIndex((text, place) => text !== right[place])
  return first < 0 ? left.length : first
}

/**
 * Cuts JSON, or text that resembles it, into its lexemes: strings, words, numbers, and single characters. The lexemes joined
 * are the text again.
 */
export function lexemesOf(text: string): string[] {
  return text.match(/"(?:[^"\\]|\\.)*"|‹[^›]*›|[\w.+-]+|./gsu) ?? []
}

/** Puts each outermost member of a JSON object on its own line. */
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

/** The pieces as HTML. What differs is marked, and adjacent pieces that differ get one mark. */
export function markedText(pieces: readonly LaidOut[]): Html {
  return html`${runsOf(pieces).map(({ text, differs }) => (differs ? html`<mark>${shortened(text)}</mark>` : shortened(text)))}`
}

function runsOf(pieces: readonly LaidOut[]): Piece[] {
  const runs: { text: string; differs: boolean }[] = []
  for (const { text, differs, layout } of pieces) {
    if (layout) runs.push({ text: layout, differs: false })
    const last = runs.at(-1)
    if (last?.differs === differs && !layout) last.text += readable(text)
    else runs.push({ text: readable(text), differs })
  }
  return runs
}

function shortened(text: string): string {
  const characters = [...text]
  if (characters.length <= MAX_RUN.shown) return text
  const left = (characters.length - MAX_RUN.start - MAX_RUN.end).toLocaleString('en')
  return `${characters.slice(0, MAX_RUN.start).join('')} ‹${left} more characters› ${characters.slice(-MAX_RUN.end).join('')}`
}

/**
 * Makes invisible characters visible: control characters become their pictures (Unicode block U+2400), other invisible
 * characters and line ends become their code points. Spaces stay.
 */
export function readable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u00a0]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return code < 0x20 ? String.fromCodePoint(0x2400 + code) : `⟨${codePoint(character)}⟩`
  })
}

/** For example U+043E. */
export function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}
