import { expect, test } from 'vitest'
import { traceOf, traceparentOf } from './trace.ts'

const ID = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = '00f067aa0ba902b7'

test('when a request names its trace, then the trace goes on, with its flags', () => {
  expect(traceOf(`00-${ID}-${PARENT}-00`)).toEqual({ id: ID, flags: '00' })
})

test.each([
  ['has no traceparent', undefined],
  ['has the invalid version ff', `ff-${ID}-${PARENT}-01`],
  ['has a trace ID of zeros', `00-${'0'.repeat(32)}-${PARENT}-01`],
  ['has a parent ID of zeros', `00-${ID}-${'0'.repeat(16)}-01`],
  ['has capital letters', `00-${ID.toUpperCase()}-${PARENT}-01`],
  ['has more parts than version 00', `00-${ID}-${PARENT}-01-x`],
  ['has a longer last part', `00-${ID}-${PARENT}-01x`],
  ['is something else', 'nonsense'],
])('when a request %s, then it begins a trace', (_, sent) => {
  const { id, flags } = traceOf(sent)

  expect(id).toMatch(/^[0-9a-f]{32}$/)
  expect(id).not.toBe(ID)
  expect(flags).toBe('01')
})

test('when a later version has more parts, then the trace goes on', () => {
  expect(traceOf(`01-${ID}-${PARENT}-01-x`).id).toBe(ID)
})

test('when a call is made, then it belongs to the trace and has a parent ID of its own', () => {
  const trace = traceOf(`00-${ID}-${PARENT}-01`)

  const [first, second] = [traceparentOf(trace), traceparentOf(trace)]

  expect(first).toMatch(new RegExp(`^00-${ID}-[0-9a-f]{16}-01$`))
  expect(traceOf(first)).toEqual(trace)
  expect(second).not.toBe(first)
})
