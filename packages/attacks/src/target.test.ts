import { expect, it } from 'vitest'
import { clockDifference, type Received, withPatience } from './target.ts'

const noon = Date.parse('2026-01-31T12:00:00Z')

it.each([
  ['the seconds that are asked for', '37', 37],
  ['no time, if none is asked for', '0', 0],
  ['until the date that is named', 'Sat, 31 Jan 2026 12:00:05 GMT', 5],
  ['no time for a date that is past', 'Sat, 31 Jan 2026 11:00:00 GMT', 0],
  ['a minute, if nothing is said', undefined, 60],
  ['a minute, if nothing sensible is said', 'soon', 60],
])('waits %s', async (_title, retryAfter, seconds) => {
  const waits: number[] = []
  const statuses = [429, 200]
  const target = async () => received({ status: statuses.shift() ?? 500, retryAfter })

  const answer = await withPatience(target, { wait: async (time) => void waits.push(time) })({})

  expect({ waits, status: answer.status }).toEqual({ waits: [seconds], status: 200 })
})

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

function received(members: Partial<Received>): Received {
  return { status: 200, retryAfter: undefined, date: undefined, sentAt: noon, receivedAt: noon, ...members }
}
