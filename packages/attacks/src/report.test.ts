import { expect, it } from 'vitest'
import { accepted } from './accepted/index.ts'
import { attacks } from './attacks/index.ts'
import { openProgress, tableOf } from './report.ts'
import type { Result } from './run-probes.ts'

const right: Result = {
  name: 'one',
  group: 'key',
  kind: 'attack',
  why: 'RFC 7515 §4.1.4: a rule that has a fairly long title',
  expect: { status: 401, code: 'token_rejected' },
  answer: { status: 401, code: 'token_rejected' },
  verdict: 'right',
}
const wrong: Result = { ...right, name: 'two', answer: { status: 200 }, verdict: 'wrong' }
const skipped: Result = { ...right, name: 'three', kind: 'accepted', group: 'times', verdict: 'skipped' }

it('the table has a heading for each group, and aligned columns', () => {
  expect(
    tableOf([right, wrong, skipped]),
  ).toBe(`MUST BE REFUSED  key: the key, which the token must not choose
one    RFC 7515 §4.1.4: a rule that has a fairly long title  401 token_rejected  ok
two    RFC 7515 §4.1.4: a rule that has a fairly long title  200                 WRONG

MUST BE ACCEPTED  times: expiry, start, lifetime: both sides of every limit
three  RFC 7515 §4.1.4: a rule that has a fairly long title  401 token_rejected  skipped`)
})

it('the table cuts rules to the width, and neither answers nor verdicts', () => {
  const lines = tableOf([right, wrong], { width: 70 }).split('\n')

  expect(lines.slice(1)).toEqual([
    'one  RFC 7515 §4.1.4: a rule that has a fa…  401 token_rejected  ok',
    'two  RFC 7515 §4.1.4: a rule that has a fa…  200                 WRONG',
  ])
})

it('the table cuts long names in the middle, because related names differ at the end', () => {
  const name = 'alg HS256, keyed with the public key as SPKI PEM without the last line break'
  const lines = tableOf([{ ...right, name }], { width: 70 }).split('\n')

  expect(lines[1]).toBe('alg HS256, ke…st line break  RFC 7515 §4.1.4:…  401 token_rejected  ok')
})

it('the table shows every probe within 100 columns', () => {
  const results = [...attacks, ...accepted].map(({ expect: { status, code }, ...probe }): Result => {
    const answer = { status, code: [code].flat()[0] }
    return { ...probe, kind: 'attack', expect: { status }, answer, verdict: 'wrong' }
  })

  const lines = tableOf(results, { width: 100 }).split('\n')

  expect(lines.length).toBeGreaterThan(700)
  expect(lines.filter((line) => line.length > 100)).toEqual([])
})

it('the table shows wrong answers in red, if colours are on', () => {
  const [, first, second] = tableOf([right, wrong], { colors: true }).split('\n')

  expect([first, second].map((line) => line?.startsWith('\u001b[31m'))).toEqual([false, true])
})

it('the progress has a line for each wait, with the number of tried probes and the time that is left', async () => {
  const { progress, printed, waits } = open()
  progress.onTried(113)
  await progress.wait(60)
  progress.onTried(213)
  await progress.wait(58)
  progress.onTried(600)
  await progress.wait(30)

  expect(waits).toEqual([60, 58, 30])
  expect(printed.slice(1)).toEqual([
    '113 of 730 tried. Rate limited (429): continues in 60 s, about 5 min left.',
    '213 of 730 tried. Rate limited (429): continues in 58 s, about 4 min left.',
    '600 of 730 tried. Rate limited (429): continues in 30 s, about 30 s left.',
  ])
})

it('the progress says once how to avoid the wait', async () => {
  const { progress, printed } = open()
  await progress.wait(1)
  await progress.wait(1)

  expect(printed.filter((line) => line.includes('FAILURE_LIMIT=100000 npm start'))).toHaveLength(1)
})

it('the progress counts down in one line of a terminal, and clears it at the end', async () => {
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
    '500 of 730 tried. Rate limited (429): continues in 3 s, about 3 s left.',
    '500 of 730 tried. Rate limited (429): continues in 2 s, about 2 s left.',
    '500 of 730 tried. Rate limited (429): continues in 1 s, about 1 s left.',
    '',
  ])
})

it('the progress names the time of the first wait only, if nothing was tried before it', async () => {
  const { progress, printed } = open()
  await progress.wait(60)

  expect(printed[1]).toBe('0 of 730 tried. Rate limited (429): continues in 60 s, about 60 s left.')
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
