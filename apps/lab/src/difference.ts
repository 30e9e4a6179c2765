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
