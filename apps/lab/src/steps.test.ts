import { CHECKS } from '@signet/auth'
import { describe, expect, it } from 'vitest'
import { CHECK_TEXTS, stepsOf } from './steps.ts'

const outcomes = (stopped: Parameters<typeof stepsOf>[0]) => stepsOf(stopped).map(({ outcome }) => outcome)

describe('the steps', () => {
  it('are all checks, in the order of the middleware', () => {
    expect(stepsOf(undefined).map(({ check }) => check)).toEqual(CHECKS)
  })

  it('are passed before the check that refused the request, and not reached after it', () => {
    expect(outcomes('algorithm').slice(0, 5)).toEqual([
      'passed',
      'passed',
      'stopped',
      'not reached',
      'not reached',
    ])
  })

  it('are all passed if the request was accepted; only the permission was not asked', () => {
    expect(new Set(outcomes(undefined).slice(0, -1))).toEqual(new Set(['passed']))
    expect(outcomes(undefined).at(-1)).toBe('not asked')
  })

  it('are not reached if the request was refused before the first check', () => {
    expect(new Set(outcomes('before all'))).toEqual(new Set(['not reached']))
  })

  it('have a question for each check', () => {
    expect(Object.keys(CHECK_TEXTS)).toEqual([...CHECKS])
  })
})
