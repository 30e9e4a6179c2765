import { cases } from '@signet/testing/properties'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { APP_ID, APPLICATION_NAME, parseApplications, RESERVED_NAMES } from './applications.ts'
import { ApplicationsError } from './errors.ts'
import { PERMISSION } from './permissions.ts'

it('takes every list that keeps the rules, as it is', () => {
  const application = fc.record(
    {
      appId: fc.stringMatching(APP_ID),
      name: fc.stringMatching(APPLICATION_NAME).filter((name) => !RESERVED_NAMES.includes(name)),
      permissions: fc.array(fc.stringMatching(PERMISSION)),
      revokedAt: fc
        .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
        .map((date) => date.toISOString()),
    },
    { requiredKeys: ['appId', 'name', 'permissions'] },
  )
  const list = fc
    .uniqueArray(application, { selector: ({ appId }) => appId })
    .filter((entries) => new Set(entries.map(({ name }) => name)).size === entries.length)
  fc.assert(
    fc.property(list, (entries) => {
      expect([...parseApplications(JSON.stringify(entries)).values()]).toEqual(entries)
    }),
    cases(100),
  )
})

it('answers anything else with faults that have a line in the text, and never with another error', () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.array(fc.jsonValue()).map((value) => JSON.stringify(value, null, 2)),
  )
  fc.assert(
    fc.property(text, (applications) => {
      try {
        for (const [appId, application] of parseApplications(applications))
          expect(application.appId).toBe(appId)
      } catch (error) {
        expect(error).toBeInstanceOf(ApplicationsError)
        const { faults } = error as ApplicationsError
        expect(faults.length).toBeGreaterThan(0)
        for (const { line } of faults) {
          expect(line).toBeGreaterThanOrEqual(1)
          expect(line).toBeLessThanOrEqual(applications.split('\n').length)
        }
      }
    }),
    cases(500),
  )
})
