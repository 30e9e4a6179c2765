import type { RequestOutcome } from '@signet/testing/traffic'
import type { StoredOrder } from './stores.ts'

/** Milliseconds in which a key ring must notice that a key file is gone. */
const REVOCATION_LIMIT = 1000
/** Milliseconds before the operator's work whose latencies are compared. Before that, the processes warm up. */
const WARM = 5000
/** A drill with fewer requests proves nothing. */
const MINIMUM = 500

/** What became of one request of an application. `status` is the one of the last answer. */
export type DrillRequest = RequestOutcome & {
  application: string
  /** How often it was sent again because no answer came: the connection was refused or closed. */
  retries: number
  /** Whether it was accepted only with a second token. */
  renewed: boolean
}

/** When things happened (milliseconds since 1970). */
export type Events = {
  /** The operator's work began: the first rotation. */
  workBegan: number
  /** The key file of the revoked application was gone. */
  goneAt: number
  revoked: string
  /** The exit code of each API process that was stopped. */
  exitCodes: readonly (number | null)[]
}

export type Outcome = ReturnType<typeof judge>

/** Sums up what became of the requests. `faults` are sentences; the drill has passed if there is none. */
export function judge(requests: readonly DrillRequest[], stored: readonly StoredOrder[], events: Events) {
  const { workBegan, goneAt, revoked, exitCodes } = events
  const isLate = ({ application, ended }: DrillRequest) => application === revoked && ended >= goneAt
  const refused = requests.filter((request) => !isLate(request) && isRefused(request)).length
  const late = requests.filter(isLate)
  const revocation = {
    refused: late.filter(isRefused).length,
    /** Milliseconds after the key was gone. */
    firstRefusal: Math.min(...late.filter(isRefused).map(({ ended }) => ended)) - goneAt,
    /** Milliseconds after the key was gone. What counts is when the request began. */
    lastAcceptance: Math.max(goneAt, ...late.filter(isAccepted).map(({ began }) => began)) - goneAt,
  }
  const confirmed = requests.flatMap(({ order }) => (order?.id === undefined ? [] : [order as StoredOrder]))
  const itemOf = new Map(stored.map(({ id, item }) => [id, item]))
  const unanswered = requests.filter(({ status }) => status === undefined).length
  const lost = unanswered + confirmed.filter(({ id, item }) => itemOf.get(id) !== item).length
  const doubled = stored.length - new Set(stored.map(({ item }) => item)).size

  const faults = [
    requests.length < MINIMUM && `only ${requests.length} requests were sent`,
    confirmed.length === 0 && 'no order was placed',
    refused > 0 && `${refused} were refused`,
    lost > 0 && `${lost} were lost`,
    doubled > 0 && `${doubled} were doubled`,
    revocation.refused === 0 && `${revoked} was never refused`,
    revocation.lastAcceptance > REVOCATION_LIMIT && `${revoked} was served for more than a second`,
    exitCodes.some((code) => code !== 0) && `the API processes ended with ${exitCodes.join(', ')}`,
  ].filter((fault) => fault !== false)

  return {
    sent: requests.length,
    orders: confirmed.length,
    sentAgain: requests.reduce((sum, { retries }) => sum + retries, 0),
    refused,
    lost,
    doubled,
    revocation,
    before: latencies(requests.filter(({ began, ended }) => began >= workBegan - WARM && ended < workBegan)),
    during: latencies(requests.filter(({ began }) => began >= workBegan && began < goneAt)),
    faults,
  }
}

/** The outcome as lines of text. */
export function report(outcome: Outcome): string {
  const { sent, orders, sentAgain, refused, lost, doubled, revocation, before, during, faults } = outcome
  const rows: [string, string | number, string][] = [
    ['Requests sent', sent, `${orders} of them orders`],
    [
      '  sent again',
      sentAgain,
      'after a connection was refused or closed; orders with their idempotency key',
    ],
    ['Refused', refused, `before the revocation; ${revocation.refused} after it, as expected`],
    ['Lost', lost, 'never answered, or confirmed and not stored'],
    ['Doubled', doubled, 'one order, stored twice'],
    ['Revocation', seconds(revocation.firstRefusal), 'from the removal of the key file to the first refusal'],
    ['', seconds(revocation.lastAcceptance), 'to the last request that was accepted'],
    ['p50', `${before.p50} ms`, `before, ${during.p50} ms during`],
    ['p99', `${before.p99} ms`, `before, ${during.p99} ms during`],
  ]
  const lines = rows.map(([name, value, note]) => `${name.padEnd(14)} ${String(value).padStart(8)}  ${note}`)
  const verdict =
    faults.length === 0 ? 'The drill has passed.' : `The drill has failed: ${faults.join('; ')}.`
  return [...lines, '', verdict].join('\n')
}

function isAccepted({ status = 0, renewed }: DrillRequest): boolean {
  return status >= 200 && status < 300 && !renewed
}

/** A request that was accepted with a second token was refused with the first one. */
function isRefused(request: DrillRequest): boolean {
  return request.status !== undefined && !isAccepted(request)
}

/** Percentiles in milliseconds (nearest rank). */
function latencies(requests: readonly DrillRequest[]) {
  const sorted = requests.map(({ began, ended }) => ended - began).sort((a, b) => a - b)
  const percentile = (part: number) => sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN
  return { p50: percentile(0.5), p99: percentile(0.99) }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`
}
