import { expect, test } from 'vitest'
import { type DrillRequest, type Events, judge, report } from './outcome.ts'

/** The operator's work begins at 10 s, and app-one's key is gone at 20 s. */
const EVENTS: Events = { workBegan: 10_000, goneAt: 20_000, revoked: 'app-one', exitCodes: [0, 0, 0] }

test('a drill without a fault has passed', () => {
  const { faults, ...outcome } = judge(wellDone(), STORED, EVENTS)

  expect(faults).toEqual([])
  expect(outcome).toMatchObject({ sent: 602, orders: 1, refused: 0, lost: 0, doubled: 0 })
  expect(outcome.revocation).toEqual({ refused: 1, firstRefusal: 905, lastAcceptance: 0 })
  expect(report({ faults, ...outcome })).toMatch(/^Requests sent +602 .*\nThe drill has passed\.$/s)
})

test.each<[string, DrillRequest, string]>([
  ['a refusal before the revocation', refused({ began: 19_000 }), '1 were refused'],
  [
    'a refusal of the other application at any time',
    refused({ began: 21_000, application: 'app-two' }),
    '1 were refused',
  ],
  ['a failure', { ...accepted(), status: 503 }, '1 were refused'],
  ['a request that needed a second token', { ...accepted(), renewed: true }, '1 were refused'],
  ['a request without an answer', { ...accepted(), status: undefined }, '1 were lost'],
  ['an order that is not stored', { ...accepted(), order: { item: 'b', id: '2' } }, '1 were lost'],
  ['an order under another ID', { ...accepted(), order: { item: 'a', id: '2' } }, '1 were lost'],
  ['service for too long', accepted({ began: 21_001 }), 'app-one was served for more than a second'],
] as [string, DrillRequest, string][])('%s is a fault', (_, request, fault) => {
  expect(judge([...wellDone(), request], STORED, EVENTS).faults).toEqual([fault])
})

test('an order that is stored twice is a fault', () => {
  const stored = [...STORED, { id: '2', item: 'a' }]

  expect(judge(wellDone(), stored, EVENTS)).toMatchObject({ doubled: 1, faults: ['1 were doubled'] })
})

test('a revoked application that is never refused is a fault', () => {
  const requests = wellDone().filter(({ status }) => status !== 401)

  expect(judge(requests, STORED, EVENTS).faults).toEqual(['app-one was never refused'])
})

test('an API process that did not exit with 0 is a fault', () => {
  const exitCodes = [0, null, 0]

  expect(judge(wellDone(), STORED, { ...EVENTS, exitCodes }).faults).toEqual([
    'the API processes ended with 0, , 0',
  ])
})

test('a drill without requests proves nothing', () => {
  expect(judge([], [], EVENTS).faults).toEqual([
    'only 0 requests were sent',
    'no order was placed',
    'app-one was never refused',
  ])
})

test('the last acceptance counts from when its request began', () => {
  const { revocation } = judge([...wellDone(), accepted({ began: 20_400 })], STORED, EVENTS)

  expect(revocation.lastAcceptance).toBe(400)
})

test('latencies before and during the work are separate, and those of a cold start do not count', () => {
  const cold = Array.from({ length: 100 }, () => accepted({ began: 4000, milliseconds: 500 }))

  const { before, during } = judge([...cold, ...wellDone()], STORED, EVENTS)

  expect(before).toEqual({ p50: 2, p99: 8 })
  expect(during).toEqual({ p50: 5, p99: 5 })
})

const STORED = [{ id: '1', item: 'a' }]

function wellDone(): DrillRequest[] {
  const before = Array.from({ length: 100 }, (_, index) =>
    accepted({ began: 6000, milliseconds: index < 98 ? 2 : 8 }),
  )
  const during = Array.from({ length: 500 }, () => accepted({ began: 15_000 }))
  const order = { ...accepted({ began: 15_000 }), order: { item: 'a', id: '1' } }
  return [...before, ...during, order, refused({ began: 20_900 })]
}

function accepted({ began = 15_000, milliseconds = 5, application = 'app-one' } = {}): DrillRequest {
  return { application, began, ended: began + milliseconds, status: 200, retries: 0, renewed: false }
}

function refused(given: { began: number; application?: string }): DrillRequest {
  return { ...accepted(given), status: 401 }
}
