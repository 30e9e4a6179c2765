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

  it('of two long texts is all between the same ends', () => {
    const [left, right] = difference(
      ['{', ...Array(2000).fill('a'), 'b', '}'],
      ['{', ...Array(2000).fill('c'), 'b', 'd', '}'],
    )

    expect(left.filter(({ differs }) => !differs).map(({ text }) => text)).toEqual(['{', '}'])
    expect(right.filter(({ differs }) => !differs).map(({ text }) => text)).toEqual(['{', '}'])
  })
})
