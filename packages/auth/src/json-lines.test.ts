import { describe, expect, it } from 'vitest'
import { lineOf, lineOfSyntaxError } from './json-lines.ts'

describe('lineOf', () => {
  const text = `
[
  { "a": 1, "b": "a" },
  { "b": { "a": [1, 2] },

    "a": [
      "],}{[",
      2
    ] },
  null,
  5
]`

  it.each([
    [3, [0]],
    [3, [0, 'a']],
    [4, [1]],
    [4, [1, 'b', 'a', 1]],
    [6, [1, 'a']],
    [7, [1, 'a', 0]],
    [8, [1, 'a', 1]],
    [10, [2]],
    [11, [3]],
  ])('gives %d for %j', (line, path) => {
    expect(lineOf(text, path)).toBe(line)
  })

  it.each([
    [8, [1, 'a', 1, 'c']],
    [4, [1, 'c']],
    [4, [1, 'c', 0, 'd']],
    [2, [7, 'a']],
    [2, []],
  ])('gives %d, the nearest around it, for %j, which is not there', (line, path) => {
    expect(lineOf(text, path)).toBe(line)
  })

  it('gives 1 for an empty text', () => {
    expect(lineOf('', [0])).toBe(1)
  })
})

describe('lineOfSyntaxError', () => {
  it.each([
    ['a missing colon', 3, '[\n{},\n{"a" 1}]'],
    ['a comma too many in an entry', 3, '[\n{},\n{"a": 1,}\n]'],
    ['a comma too many behind an entry', 3, '[\n{},\n]'],
    ['a comment', 2, '[\n// none\n]'],
    ['an end that is missing', 3, '[\n{},\n{}'],
    ['nothing', 1, ''],
    ['a byte order mark', 1, '\ufeff[\n]'],
  ])('finds %s on line %d', (_, line, text) => {
    expect(lineOfSyntaxError(text)).toBe(line)
  })

  it('gives 1 when there is none', () => {
    expect(lineOfSyntaxError('\n[]')).toBe(1)
  })
})
