import { expect, it } from 'vitest'
import { changedMembers } from './findings.ts'

it('names what is changed, added and left out', () => {
  expect(
    changedMembers('{"alg":"RS512","typ":"JWT","kid":"k"}', '{"kid":"k","alg":"none","crit":[1]}'),
  ).toEqual([
    { name: 'alg', is: '"none"', was: '"RS512"' },
    { name: 'typ', was: '"JWT"' },
    { name: 'crit', is: '[1]' },
  ])
})

it('knows __proto__ for a name as any other, and makes invisible letters seen', () => {
  expect(changedMembers('{}', '{"__proto__":"\u202e"}')).toEqual([{ name: '__proto__', is: '"⟨U+202E⟩"' }])
})

it.each(['', 'no JSON', '[1]', 'null', '"text"'])('names nothing where one is no object: %j', (text) => {
  expect(changedMembers('{"a":1}', text)).toEqual([])
})
