import { expect, it } from 'vitest'
import { layOut } from './json-layout.ts'
import { lexemesOf } from './lexemes.ts'

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
])('sets each outermost member of %j on a line of its own', (json, text) => {
  expect(laidOut(json)).toBe(text)
})
