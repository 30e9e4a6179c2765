import { CHECKS } from '@signet/auth'
import { expect, it } from 'vitest'
import { stepsOf } from './steps.ts'

const outcomes = (stopped: Parameters<typeof stepsOf>[0]) => stepsOf(stopped).map(({ outcome }) => outcome)

it('has every check, in the order of the middleware', () => {
  expect(stepsOf(undefined).map(({ check }) => check)).toEqual(CHECKS)
})

it('has passed what comes before the one that stopped it, and not reached what comes behind', () => {
  expect(outcomes('algorithm').slice(0, 5)).toEqual([
    'passed',
    'passed',
    'stopped',
    'not reached',
    'not reached',
  ])
})

it('has passed all but the permission, which was not asked for, when nothing stopped it', () => {
  expect(new Set(outcomes(undefined).slice(0, -1))).toEqual(new Set(['passed']))
  expect(outcomes(undefined).at(-1)).toBe('not asked')
})

it('has reached none when it was stopped before all', () => {
  expect(new Set(outcomes('before all'))).toEqual(new Set(['not reached']))
})
