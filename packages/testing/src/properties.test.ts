import { expect, test } from 'vitest'
import { cases } from './properties.ts'

test('npm test tries the same cases each time', () => {
  expect(cases(300, {})).toEqual({ seed: 1, numRuns: 300 })
})

test('npm run test:fuzz tries cases of a new seed for the time it is given', () => {
  expect(cases(300, { FUZZ_SEED: '-12', FUZZ_SECONDS: '60' })).toEqual({
    seed: -12,
    numRuns: Number.POSITIVE_INFINITY,
    interruptAfterTimeLimit: 60_000,
  })
})
