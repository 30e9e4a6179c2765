import type { Booked } from './database.ts'
import type { Sent } from './sent.ts'

/** Milliseconds: what a key ring may take to notice that a key file is gone. */
const REVOCATION_LIMIT = 1000
/** Milliseconds before the work from which latencies are compared: at first, processes warm up. */
const CALM = 5000
/** Requests, below which a drill proves nothing. */
const LEAST = 500

/** What happened when (milliseconds since 1970), and to whom. */
export type Course = {
  /** The operator's work began: the first rotation. */
  workBegan: number
  /** The key file of the revoked application was gone. */
  goneAt: number
  revoked: string
  /** How each API process ended that was asked to. */
  exitCodes: readonly (number | null)[]
}

export type Outcome = ReturnType<typeof judge>

/** Adds up what became of the requests. `faults` says in words what should not have been; empty, the drill is passed. */
export function judge(sent: readonly Sent[], books: readonly Booked[], course: Course) {
  const { workBegan, goneAt, revoked, exitCodes } = course
  const isLate = ({ application, ended }: Sent) => application === revoked && ended >= goneAt
  const refused = sent.filter((request) => !isLate(request) && isRefused(request)).length
  const late = sent.filter(isLate)
  const revocation = {
    refused: late.filter(isRefused).length,
    /** Milliseconds from the moment the key was gone; a request counts from when it began. */
    firstRefusal: Math.min(...late.filter(isRefused).map(({ ended }) => ended)) - goneAt,
    lastAcceptance: Math.max(goneAt, ...late.filter(isAccepted).map(({ began }) => began)) - goneAt,
  }
  const placed = sent.flatMap(({ order }) => (order?.id === undefined ? [] : [order as Booked]))
  const booked = new Map(books.map(({ id, item }) => [id, item]))
  const unanswered = sent.filter(({ status }) => status === undefined).length
  const lost = unanswered + placed.filter(({ id, item }) => booked.get(id) !== item).length
  const doubled = books.length - new Set(books.map(({ item }) => item)).size

  const faults = [
    sent.length < LEAST && `only ${sent.length} requests were sent`,
    placed.length === 0 && 'no order was placed',
    refused > 0 && `${refused} were refused`,
    lost > 0 && `${lost} were lost`,
    doubled > 0 && `${doubled} were doubled`,
    revocation.refused === 0 && `${revoked} was never refused`,
    revocation.lastAcceptance > REVOCATION_LIMIT && `${revoked} was served for more than a second`,
    exitCodes.some((code) => code !== 0) && `the API processes ended with ${exitCodes.join(', ')}`,
  ].filter((fault) => fault !== false)

  return {
    sent: sent.length,
    orders: placed.length,
    sentAgain: sent.reduce((sum, { cuts }) => sum + cuts, 0),
    refused,
    lost,
    doubled,
    revocation,
    before: latencies(sent.filter(({ began, ended }) => began >= workBegan - CALM && ended < workBegan)),
    during: latencies(sent.filter(({ began }) => began >= workBegan && began < goneAt)),
    faults,
  }
}

function isAccepted({ status = 0, renewed }: Sent): boolean {
  return status >= 200 && status < 300 && !renewed
}

/** One that was accepted with a second token was refused with the first. */
function isRefused(request: Sent): boolean {
  return request.status !== undefined && !isAccepted(request)
}

/** Milliseconds (nearest rank). */
function latencies(sent: readonly Sent[]) {
  const sorted = sent.map(({ began, ended }) => ended - began).sort((a, b) => a - b)
  const percentile = (part: number) => sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN
  return { p50: percentile(0.5), p99: percentile(0.99) }
}
