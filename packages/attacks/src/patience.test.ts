import { expect, it } from 'vitest'
import { withPatience } from './patience.ts'

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
  const target = async () => received(statuses.shift() ?? 500, retryAfter)

  const answer = await withPatience(target, { wait: async (time) => void waits.push(time) })({})

  expect({ waits, status: answer.status }).toEqual({ waits: [seconds], status: 200 })
})

function received(status: number, retryAfter: string | undefined) {
  return { status, retryAfter, date: undefined, sentAt: noon, receivedAt: noon }
}
