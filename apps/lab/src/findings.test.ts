import { expect, it } from 'vitest'
import { changedMembers, memberNames } from './findings.ts'

it('names the members that are changed, added and left out', () => {
  expect(
    changedMembers('{"alg":"RS512","typ":"JWT","kid":"k"}', '{"kid":"k","alg":"none","crit":[1]}'),
  ).toEqual([
    { name: 'alg', is: '"none"', was: '"RS512"' },
    { name: 'typ', was: '"JWT"' },
    { name: 'crit', is: '[1]' },
  ])
})

it('treats __proto__ like any other name, and makes invisible characters visible', () => {
  expect(changedMembers('{}', '{"__proto__":"\u202e"}')).toEqual([{ name: '__proto__', is: '"⟨U+202E⟩"' }])
})

it.each(['', 'no JSON', '[1]', 'null', '"text"'])(
  'names no members if one text is not an object: %j',
  (text) => {
    expect(changedMembers('{"a":1}', text)).toEqual([])
  },
)

it('finds the outermost member names, and repeated names each time', () => {
  expect(memberNames('{"alg" : "none", "b": {"alg": ["alg"]}, "\\u0061lg": "RS512"}')).toEqual([
    'alg',
    'b',
    'alg',
  ])
})
