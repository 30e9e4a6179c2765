import { type Html, html } from '@signet/web'

/** A piece of a text; `differs` when the other text has nothing like it in this place. */
export type Piece = Readonly<{ text: string; differs: boolean }>

/** Pairs of pieces that are still compared one by one. Above it, all that is between the same ends counts as different. */
const LIMIT = 1_000_000

/** Marks in two rows of pieces where they differ (a longest common subsequence between their common ends). */
export function difference(one: readonly string[], other: readonly string[]): [Piece[], Piece[]] {
  const start = commonStart(one, other)
  const end = commonStart(one.slice(start).reverse(), other.slice(start).reverse())
  const [left, right] = [one.slice(start, one.length - end), other.slice(start, other.length - end)]
  const [inLeft, inRight] = left.length * right.length > LIMIT ? [[], []] : commonPlaces(left, right)
  return [marked(one, left, inLeft), marked(other, right, inRight)]

  function marked(all: readonly string[], middle: readonly string[], common: readonly number[]): Piece[] {
    const same = new Set(common.map((place) => place + start))
    const isCommon = (place: number) => place < start || place >= start + middle.length || same.has(place)
    return all.map((text, place) => ({ text, differs: !isCommon(place) }))
  }
}

function commonStart(one: readonly string[], other: readonly string[]): number {
  const first = one.findIndex((text, place) => text !== other[place])
  return first < 0 ? one.length : first
}

/** The places of a longest common subsequence, in both rows. */
function commonPlaces(one: readonly string[], other: readonly string[]): [number[], number[]] {
  const width = other.length + 1
  const lengths = new Uint32Array((one.length + 1) * width)
  const at = (row: number, column: number) => lengths[row * width + column] ?? 0
  for (let row = one.length - 1; row >= 0; row--)
    for (let column = other.length - 1; column >= 0; column--)
      lengths[row * width + column] =
        one[row] === other[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1))

  const places: [number[], number[]] = [[], []]
  for (let row = 0, column = 0; row < one.length && column < other.length; ) {
    if (one[row] === other[column]) {
      places[0].push(row++)
      places[1].push(column++)
    } else if (at(row + 1, column) >= at(row, column + 1)) row++
    else column++
  }
  return places
}

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

/** Characters of one run that are shown; of a longer one, its ends. */
const LONGEST = 400

/** Pieces of a text with the differing ones marked, side by side ones as one. `layout` is put before a piece as it is. */
export function markedText(pieces: readonly LaidOut[]): Html {
  return html`${runsOf(pieces).map(({ text, differs }) => (differs ? html`<mark>${shortened(text)}</mark>` : shortened(text)))}`
}

export type LaidOut = Piece & { layout?: string }

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
  if (characters.length <= LONGEST) return text
  const left = characters.length - 160
  return `${characters.slice(0, 120).join('')} ‹${left.toLocaleString('en')} characters more› ${characters.slice(-40).join('')}`
}

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

/**
 * Makes what nobody sees visible: control characters as their pictures (Unicode, U+2400), invisible ones and line ends
 * by number. Spaces stay.
 */
export function readable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u00a0]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return code < 0x20 ? String.fromCodePoint(0x2400 + code) : `⟨${codePoint(character)}⟩`
  })
}

/** Such as U+043E. */
export function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}
