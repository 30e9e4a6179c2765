import { expect, it } from 'vitest'
import { lexemesOf, namesOf } from './lexemes.ts'

it.each([
  ['{"a":1.5e3,"b":[true]}', ['{', '"a"', ':', '1.5e3', ',', '"b"', ':', '[', 'true', ']', '}']],
  ['{"a\\"b": "}"}', ['{', '"a\\"b"', ':', ' ', '"}"', '}']],
  ['"open', ['"', 'open']],
  ['‹512 characters›.x', ['‹512 characters›', '.x']],
  ['{\n}🔑', ['{', '\n', '}', '🔑']],
  ['', []],
])('cuts %j into its pieces', (text, pieces) => {
  expect(lexemesOf(text)).toEqual(pieces)
  expect(lexemesOf(text).join('')).toBe(text)
})

it('finds the outermost names, as often as they stand there', () => {
  expect(namesOf('{"alg" : "none", "b": {"alg": ["alg"]}, "\\u0061lg": "RS512"}')).toEqual([
    'alg',
    'b',
    'alg',
  ])
})
