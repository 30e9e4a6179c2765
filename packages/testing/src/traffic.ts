import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Client, Request } from './http.ts'

/** What became of one request. Times are milliseconds since 1970. */
export type RequestOutcome = {
  began: number
  ended: number
  /** The status of the answer; undefined if none came. */
  status?: number | undefined
  retryAfter?: string | undefined
  /** The beginning of an answer with a status above 399, or why no answer came: for the message of a failed test. */
  failure?: string
  /** What the request ordered. `id` is there once the order is confirmed. */
  order?: Order
  /** Whether the caller will repeat this request, so that traffic must not stop before the next one. */
  unfinished?: boolean
}

export type Order = { item: string; id?: string }

/** Sends one request, and at each further call the next one. */
export type Caller<Outcome extends RequestOutcome = RequestOutcome> = () => Promise<Outcome>

/**
 * Sends requests until `stop`: each of `callers` waits for its answer, then for `pause` milliseconds, then sends the
 * next one.
 */
export function startTraffic<Outcome extends RequestOutcome>(
  callers: readonly Caller<Outcome>[],
  { pause = 50 } = {},
) {
  const outcomes: Outcome[] = []
  let stopped = false
  const running = callers.map(repeat)

  async function repeat(send: Caller<Outcome>): Promise<void> {
    for (let unfinished = false; unfinished || !stopped; await setTimeout(pause)) {
      const outcome = await send()
      outcomes.push(outcome)
      unfinished = outcome.unfinished ?? false
    }
  }

  /** Resolves when a condition is true. */
  async function until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await setTimeout(20)
  }

  return {
    /** All outcomes until now. */
    outcomes,
    until,
    /** Resolves when so many requests that began after a time have ended. */
    seen: (count: number, after = 0): Promise<void> =>
      until(() => outcomes.filter(({ began }) => began > after).length >= count),
    /** Resolves to all outcomes when the last requests have ended. */
    async stop(): Promise<Outcome[]> {
      stopped = true
      await Promise.all(running)
      return outcomes
    },
  }
}

/** Two visitors who load a page. */
export function startVisits(url: string) {
  const visit = () =>
    measure(async () => {
      const response = await fetch(url)
      return { status: response.status, headers: {}, body: await response.text() }
    })
  return startTraffic([visit, visit])
}

/** The same request again and again. */
export function repeatRequest(send: Client, path: string, request: Request = {}): Caller {
  return () => measure(() => send(path, request))
}

/**
 * One order after another. With `retry`, an order that is not confirmed is sent again with its idempotency key: then the
 * API must have stored the confirmed orders and no others.
 *
 * @param item of all orders; by default each order has an item of its own
 */
export function placeOrders(
  send: Client,
  { token, item, retry = false }: { token: string; item?: string; retry?: boolean },
): Caller {
  let key = randomUUID()
  return async () => {
    const order: Order = { item: item ?? key }
    const headers = { 'content-type': 'application/json', 'idempotency-key': key }
    const body = JSON.stringify({ userId: 'u-001', item: order.item, quantity: 1 })
    const outcome = await measure(async () => {
      const answer = await send('/orders', { method: 'POST', token, headers, body })
      if (answer.status === 201) order.id = (answer.body as { id: string }).id
      return answer
    })
    const unfinished = retry && order.id === undefined
    if (!unfinished) key = randomUUID()
    return { ...outcome, order, unfinished }
  }
}

/** The orders that are confirmed, sorted by item. */
export function confirmedOrders(outcomes: readonly RequestOutcome[]): Order[] {
  const orders = outcomes.flatMap(({ order }) => (order?.id === undefined ? [] : [order]))
  return orders.sort((one, other) => (one.item < other.item ? -1 : 1))
}

/** The statuses of these outcomes, each once. */
export function statusesOf(outcomes: readonly RequestOutcome[]): (number | undefined)[] {
  return [...new Set(outcomes.map(({ status }) => status))]
}

async function measure(request: () => ReturnType<Client>): Promise<RequestOutcome> {
  const began = Date.now()
  try {
    const { status, headers, body } = await request()
    const outcome = { began, ended: Date.now(), status, retryAfter: headers['retry-after'] }
    return status < 400 ? outcome : { ...outcome, failure: JSON.stringify(body).slice(0, 500) }
  } catch (error) {
    return { began, ended: Date.now(), failure: String(error) }
  }
}
