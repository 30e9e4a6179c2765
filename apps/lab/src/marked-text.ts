import { type Html, html } from '@signet/web'
import type { Piece } from './difference.ts'
import { readable } from './readable.ts'

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
