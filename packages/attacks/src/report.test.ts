import { expect, it } from 'vitest'
import { accepted } from './accepted/index.ts'
import { attacks } from './attacks/index.ts'
import { openProgress, tableOf } from './report.ts'
import type { Result } from './run-probes.ts'

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
const skipped: Result = { ...right, name: 'three', kind: 'accepted', group: 'times', verdict: 'skipped' }

it('has a heading for each group, and columns that line up', () => {
  expect(
    tableOf([right, wrong, skipped]),
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

it('cuts names in the middle where there is no room for them, since those of a family differ at the end', () => {
  const name = 'alg HS256, keyed with the public key as SPKI PEM without the last line break'
  const lines = tableOf([{ ...right, name }], { width: 70 }).split('\n')

  expect(lines[1]).toBe('alg HS256, ke…st line break  RFC 7515 §4.1.4:…  401 token_rejected  ok')
})

it('fits every probe into a terminal of 100 columns', () => {
  const results = [...attacks, ...accepted].map(({ expect: { status, code }, ...probe }): Result => {
    const answer = { status, code: [code].flat()[0] }
    return { ...probe, kind: 'attack', expect: { status }, answer, verdict: 'wrong' }
  })

  const lines = tableOf(results, { width: 100 }).split('\n')

  expect(lines.length).toBeGreaterThan(700)
  expect(lines.filter((line) => line.length > 100)).toEqual([])
})

it('shows what is wrong in red, where there are colours', () => {
  const [, first, second] = tableOf([right, wrong], { colors: true }).split('\n')

  expect([first, second].map((line) => line?.startsWith('\u001b[31m'))).toEqual([false, true])
})

it('prints a line for each wait, with how far it is and the time that is left', async () => {
  const { progress, printed, waits } = open()
  progress.onTried(113)
  await progress.wait(60)
  progress.onTried(213)
  await progress.wait(58)
  progress.onTried(600)
  await progress.wait(30)

  expect(waits).toEqual([60, 58, 30])
  expect(printed.slice(1)).toEqual([
    '113 of 730 tried. Limited (429): goes on in 60 s, about 5 min left.',
    '213 of 730 tried. Limited (429): goes on in 58 s, about 4 min left.',
    '600 of 730 tried. Limited (429): goes on in 30 s, about 30 s left.',
  ])
})

it('says once how to run without waiting', async () => {
  const { progress, printed } = open()
  await progress.wait(1)
  await progress.wait(1)

  expect(printed.filter((line) => line.includes('FAILURE_LIMIT=100000 npm start'))).toHaveLength(1)
})

it('counts down in one line of a terminal, and leaves it empty', async () => {
  const lines: string[] = []
  const { progress, printed, waits } = open({ overwrite: (line) => lines.push(line) })
  progress.onTried(1)
  progress.onTried(500)
  await progress.wait(3)
  progress.end()

  expect(waits).toEqual([1, 1, 1])
  expect(printed).toHaveLength(1)
  expect(lines).toEqual([
    '1 of 730 tried.',
    '500 of 730 tried.',
    '',
    '500 of 730 tried. Limited (429): goes on in 3 s, about 3 s left.',
    '500 of 730 tried. Limited (429): goes on in 2 s, about 2 s left.',
    '500 of 730 tried. Limited (429): goes on in 1 s, about 1 s left.',
    '',
  ])
})

it('knows no time but that of the wait before anything was tried', async () => {
  const { progress, printed } = open()
  await progress.wait(60)

  expect(printed[1]).toBe('0 of 730 tried. Limited (429): goes on in 60 s, about 60 s left.')
})

function open({ overwrite }: { overwrite?: (line: string) => void } = {}) {
  const printed: string[] = []
  const waits: number[] = []
  const progress = openProgress({
    total: 730,
    refused: 551,
    printError: (line) => printed.push(line),
    overwrite,
    wait: async (seconds) => void waits.push(seconds),
  })
  return { progress, printed, waits }
}
