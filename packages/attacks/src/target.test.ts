import { expect, it } from 'vitest'
import { clockDifference, type Received, withRetries } from './target.ts'

const noon = Date.parse('2026-01-31T12:00:00Z')

it.each([
  ['the seconds that Retry-After names', '37', 37],
  ['no time, if Retry-After is 0', '0', 0],
  ['until the date that Retry-After names', 'Sat, 31 Jan 2026 12:00:05 GMT', 5],
  ['no time, if that date is past', 'Sat, 31 Jan 2026 11:00:00 GMT', 0],
  ['a minute, without Retry-After', undefined, 60],
  ['a minute, if Retry-After cannot be read', 'soon', 60],
])('a request that is limited is repeated after %s', async (_title, retryAfter, seconds) => {
  const waits: number[] = []
  const statuses = [429, 200]
  const target = async () => received({ status: statuses.shift() ?? 500, retryAfter })

  const answer = await withRetries(target, { wait: async (time) => void waits.push(time) })({})

  expect({ waits, status: answer.status }).toEqual({ waits: [seconds], status: 200 })
})

it.each([
  ['0, when the date agrees with our clock', 0, noon + 500, noon + 510, 0],
  ['0, when a new second began during the request', 1000, noon + 990, noon + 1010, 0],
  ['an hour, when the API is an hour ahead', 3_600_000, noon + 400, noon + 600, 3_600_000 - 500 + 499.5],
  ['an hour, when the API is an hour behind', -3_600_000, noon + 400, noon + 600, -3_600_000 - 500 + 499.5],
])('the clock difference is %s', (_title, ahead, sentAt, receivedAt, difference) => {
  const date = new Date(noon + ahead).toUTCString()

  expect(clockDifference(received({ date, sentAt, receivedAt }))).toBe(difference)
})

it.each([undefined, 'yesterday'])('the clock difference is 0 when the date is %s', (date) => {
  expect(clockDifference(received({ date, sentAt: noon, receivedAt: noon }))).toBe(0)
})

function received(members: Partial<Received>): Received {
  return { status: 200, retryAfter: undefined, date: undefined, sentAt: noon, receivedAt: noon, ...members }
}
