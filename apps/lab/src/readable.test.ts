import { expect, it } from 'vitest'
import { readable } from './readable.ts'

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
