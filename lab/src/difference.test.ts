import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { difference } from './difference.ts'

const marked = (one: string, other: string) =>
  difference([...one], [...other]).map((pieces) =>
    pieces.map(({ text, differs }) => (differs ? text.toUpperCase() : text)).join(''),
  )

describe('the difference', () => {
  it.each([
    ['abc', 'abc', 'abc', 'abc'],
    ['abc', 'axc', 'aBc', 'aXc'],
    ['abcd', 'axcy', 'aBcD', 'aXcY'],
    ['abc', 'abxc', 'abc', 'abXc'],
    ['abc', '', 'ABC', ''],
    ['', 'abc', '', 'ABC'],
    ['aa', 'aaa', 'aa', 'aaA'],
  ])('of %s and %s is marked in both', (one, other, left, right) => {
    expect(marked(one, other)).toEqual([left, right])
  })

  it('leaves both texts as they were, and the same when what differs is taken away', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 })
    fc.assert(
      fc.property(letters, letters, (one, other) => {
        const [left, right] = difference(one, other)
        const rest = (pieces: typeof left) => pieces.filter(({ differs }) => !differs).map(({ text }) => text)

        expect(left.map(({ text }) => text)).toEqual(one)
        expect(right.map(({ text }) => text)).toEqual(other)
        expect(rest(left)).toEqual(rest(right))
      }),
    )
  })

  it('of two long texts is all between the same ends', () => {
    const [left, right] = difference(
      ['{', ...Array(2000).fill('a'), 'b', '}'],
      ['{', ...Array(2000).fill('c'), 'b', 'd', '}'],
    )

    expect(left.filter(({ differs }) => !differs).map(({ text }) => text)).toEqual(['{', '}'])
    expect(right.filter(({ differs }) => !differs).map(({ text }) => text)).toEqual(['{', '}'])
  })
})
