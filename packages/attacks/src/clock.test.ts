import { expect, it } from 'vitest'
import { clockDifference } from './clock.ts'

const noon = Date.parse('2026-01-31T12:00:00Z')

it.each([
  ['none, when the date fits our clock', 0, noon + 500, noon + 510, 0],
  ['none, when the second has changed meanwhile', 1000, noon + 990, noon + 1010, 0],
  ['an hour, when it is an hour ahead', 3_600_000, noon + 400, noon + 600, 3_600_000 - 500 + 499.5],
  ['an hour, when it is an hour behind', -3_600_000, noon + 400, noon + 600, -3_600_000 - 500 + 499.5],
])('the difference is %s', (_title, ahead, sentAt, receivedAt, difference) => {
  const date = new Date(noon + ahead).toUTCString()

  expect(clockDifference(received({ date, sentAt, receivedAt }))).toBe(difference)
})

it.each([undefined, 'yesterday'])('there is no difference to a date of %s', (date) => {
  expect(clockDifference(received({ date, sentAt: noon, receivedAt: noon }))).toBe(0)
})

function received(members: { date: string | undefined; sentAt: number; receivedAt: number }) {
  return { status: 200, retryAfter: undefined, ...members }
}
