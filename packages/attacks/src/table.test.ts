import { expect, it } from 'vitest'
import type { Result } from './run-probes.ts'
import { tableOf } from './table.ts'

const right: Result = {
  name: 'one',
  group: 'key',
  kind: 'attack',
  why: 'RFC 7515 §4.1.4: a rule that takes some words to say',
  expect: { status: 401, code: 'token_rejected' },
  answer: { status: 401, code: 'token_rejected' },
  verdict: 'right',
}
const wrong: Result = { ...right, name: 'two', answer: { status: 200 }, verdict: 'wrong' }
const friendly: Result = { ...right, name: 'three', kind: 'friendly', group: 'times', verdict: 'skipped' }

it('has a heading for each group, and columns that line up', () => {
  expect(
    tableOf([right, wrong, friendly]),
  ).toBe(`MUST BE REFUSED  key: the key, which is not for the token to choose
one    RFC 7515 §4.1.4: a rule that takes some words to say  401 token_rejected  ok
two    RFC 7515 §4.1.4: a rule that takes some words to say  200                 WRONG

MUST BE ACCEPTED  times: expiry, validity, lifetime, both sides of every bound
three  RFC 7515 §4.1.4: a rule that takes some words to say  401 token_rejected  skipped`)
})

it('cuts what is tried, and nothing else, to the width that there is', () => {
  const lines = tableOf([right, wrong], { width: 70 }).split('\n')

  expect(lines.slice(1)).toEqual([
    'one  RFC 7515 §4.1.4: a rule that takes so…  401 token_rejected  ok',
    'two  RFC 7515 §4.1.4: a rule that takes so…  200                 WRONG',
  ])
})

it('shows what is wrong in red, where there are colours', () => {
  const [, first, second] = tableOf([right, wrong], { colors: true }).split('\n')

  expect([first, second].map((line) => line?.startsWith('\u001b[31m'))).toEqual([false, true])
})
