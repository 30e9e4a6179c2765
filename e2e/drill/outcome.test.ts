import { expect, test } from 'vitest'
import { type Course, judge } from './outcome.ts'
import type { Sent } from './sent.ts'

/** The work begins at 10 s, and app-one's key is gone at 20 s. */
const COURSE: Course = { workBegan: 10_000, goneAt: 20_000, revoked: 'app-one', exitCodes: [0, 0, 0] }

test('a drill in which all went well is passed', () => {
  const { faults, ...outcome } = judge(wellDone(), BOOKS, COURSE)

  expect(faults).toEqual([])
  expect(outcome).toMatchObject({ sent: 602, orders: 1, refused: 0, lost: 0, doubled: 0 })
  expect(outcome.revocation).toEqual({ refused: 1, firstRefusal: 905, lastAcceptance: 0 })
})

test.each<[string, Sent, string]>([
  ['a refusal before the revocation', refused({ began: 19_000 }), '1 were refused'],
  [
    'a refusal of the other one at any time',
    refused({ began: 21_000, application: 'app-two' }),
    '1 were refused',
  ],
  ['a failure', { ...accepted(), status: 503 }, '1 were refused'],
  ['one that needed a second token', { ...accepted(), renewed: true }, '1 were refused'],
  ['one without an answer', { ...accepted(), status: undefined }, '1 were lost'],
  ['an order that is not in the books', { ...accepted(), order: { item: 'b', id: '2' } }, '1 were lost'],
  ['an order under another ID', { ...accepted(), order: { item: 'a', id: '2' } }, '1 were lost'],
  ['service for too long', accepted({ began: 21_001 }), 'app-one was served for more than a second'],
] as [string, Sent, string][])('%s is a fault', (_, request, fault) => {
  expect(judge([...wellDone(), request], BOOKS, COURSE).faults).toEqual([fault])
})

test('an order that is twice in the books is a fault', () => {
  const books = [...BOOKS, { id: '2', item: 'a' }]

  expect(judge(wellDone(), books, COURSE)).toMatchObject({ doubled: 1, faults: ['1 were doubled'] })
})

test('a revoked application that is never refused is a fault', () => {
  const sent = wellDone().filter(({ status }) => status !== 401)

  expect(judge(sent, BOOKS, COURSE).faults).toEqual(['app-one was never refused'])
})

test('an API process that did not end well is a fault', () => {
  const exitCodes = [0, null, 0]

  expect(judge(wellDone(), BOOKS, { ...COURSE, exitCodes }).faults).toEqual([
    'the API processes ended with 0, , 0',
  ])
})

test('a drill without requests proves nothing', () => {
  expect(judge([], [], COURSE).faults).toEqual([
    'only 0 requests were sent',
    'no order was placed',
    'app-one was never refused',
  ])
})

test('the last acceptance counts from when its request began', () => {
  const { revocation } = judge([...wellDone(), accepted({ began: 20_400 })], BOOKS, COURSE)

  expect(revocation.lastAcceptance).toBe(400)
})

test('latencies are told apart by whether the work had begun, and those of a cold start left out', () => {
  const cold = Array.from({ length: 100 }, () => accepted({ began: 4000, milliseconds: 500 }))

  const { before, during } = judge([...cold, ...wellDone()], BOOKS, COURSE)

  expect(before).toEqual({ p50: 2, p99: 8 })
  expect(during).toEqual({ p50: 5, p99: 5 })
})

const BOOKS = [{ id: '1', item: 'a' }]

function wellDone(): Sent[] {
  const before = Array.from({ length: 100 }, (_, index) =>
    accepted({ began: 6000, milliseconds: index < 98 ? 2 : 8 }),
  )
  const during = Array.from({ length: 500 }, () => accepted({ began: 15_000 }))
  const order = { ...accepted({ began: 15_000 }), order: { item: 'a', id: '1' } }
  return [...before, ...during, order, refused({ began: 20_900 })]
}

function accepted({ began = 15_000, milliseconds = 5, application = 'app-one' } = {}): Sent {
  return { application, began, ended: began + milliseconds, status: 200, cuts: 0, renewed: false }
}

function refused(given: { began: number; application?: string }): Sent {
  return { ...accepted(given), status: 401 }
}
