import { expect, it } from 'vitest'
import { openProgress } from './progress.ts'

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
