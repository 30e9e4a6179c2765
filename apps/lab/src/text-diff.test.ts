import { describe, expect, it } from 'vitest'
import { difference, type LaidOut, layOut, lexemesOf, markedText, readable } from './text-diff.ts'

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
    ['az', 'abzz', 'az', 'aBZz'],
  ])('of %s and %s is marked in both', (one, other, left, right) => {
    expect(marked(one, other)).toEqual([left, right])
  })

  it('of two long texts is everything between their common start and end', () => {
    const [left, right] = difference(
      ['{', ...Array(2000).fill('a'), 'b', '}'],
      ['{', ...Array(2000).fill('c'), 'b', 'd', '}'],
    )

    expect(left.filter(({ differs }) => !differs).map(({ text }) => text)).toEqual(['{', '}'])
    expect(right.filter(({ differs }) => !differs).map(({ text }) => text)).toEqual(['{', '}'])
  })
})

it.each([
  ['{"a":1.5e3,"b":[true]}', ['{', '"a"', ':', '1.5e3', ',', '"b"', ':', '[', 'true', ']', '}']],
  ['{"a\\"b": "}"}', ['{', '"a\\"b"', ':', ' ', '"}"', '}']],
  ['"open', ['"', 'open']],
  ['‹512 characters›.x', ['‹512 characters›', '.x']],
  ['{\n}🔑', ['{', '\n', '}', '🔑']],
  ['', []],
])('cuts %j into its lexemes', (text, lexemes) => {
  expect(lexemesOf(text)).toEqual(lexemes)
  expect(lexemesOf(text).join('')).toBe(text)
})

const markup = async (...pieces: LaidOut[]) => String(await markedText(pieces))

it('puts one mark around adjacent pieces that differ, and escapes the text', async () => {
  expect(
    await markup({ text: '<', differs: false }, { text: 'a', differs: true }, { text: '>', differs: true }),
  ).toBe('&lt;<mark>a&gt;</mark>')
})

it('puts layout outside the marks, and does not make it readable', async () => {
  expect(await markup({ text: 'a\n', differs: true }, { text: 'b', differs: true, layout: '\n  ' })).toBe(
    '<mark>a␊</mark>\n  <mark>b</mark>',
  )
})

it('shortens a long text, without splitting a character', async () => {
  expect(await markup({ text: '🔑'.repeat(2000), differs: true })).toBe(
    `<mark>${'🔑'.repeat(120)} ‹1,840 more characters› ${'🔑'.repeat(40)}</mark>`,
  )
})

const laidOut = (json: string) =>
  layOut(lexemesOf(json).map((text) => ({ text, differs: false })))
    .map(({ layout = '', text }) => layout + text)
    .join('')

it.each([
  ['{"a":1,"b":{"c":[1,2]}}', '{\n  "a":1,\n  "b":{"c":[1,2]}\n}'],
  ['{}', '{}'],
  ['[1,2]', '[1,\n  2]'],
  ['hello', 'hello'],
  ['{"a":"},"}', '{\n  "a":"},"\n}'],
])('puts each outermost member of %j on its own line', (json, text) => {
  expect(laidOut(json)).toBe(text)
})

it.each([
  ['a\tb\n\0', 'a␉b␊␀'],
  ['\ufeff{}', '⟨U+FEFF⟩{}'],
  ['a\u202eb', 'a⟨U+202E⟩b'],
  ['a\u200bb', 'a⟨U+200B⟩b'],
  ['a\u2028\u00a0\u007f', 'a⟨U+2028⟩⟨U+00A0⟩⟨U+007F⟩'],
  ['nоne 🔑', 'nоne 🔑'],
])('makes %j readable', (text, shown) => {
  expect(readable(text)).toBe(shown)
})
