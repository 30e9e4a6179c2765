import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Answer, createClient } from '@signet/testing/client'

/** Milliseconds between two attempts. */
const PACE = 20

/** An order as it is confirmed, or as it stands in the books; nobody else orders this item. */
export type Order = { item: string; id: string }

/**
 * Four buyers, each of whom places one order after the other, until `stop`. Whatever happens, a buyer tries again with
 * the same idempotency key until the order is confirmed: so the books must hold the confirmed orders, and no others.
 */
export function startBuyers({ send, token }: { send: ReturnType<typeof createClient>; token: string }) {
  const confirmed: Order[] = []
  const refusals: Answer[] = []
  let unanswered = 0
  let stopped = false
  const buyers = Array.from({ length: 4 }, buy)

  async function buy(): Promise<void> {
    while (!stopped) confirmed.push(await order(randomUUID()))
  }

  async function order(item: string): Promise<Order> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': item }
    const body = JSON.stringify({ userId: 'u-001', item, quantity: 1 })
    for (;;) {
      const answer = await send('/orders', { method: 'POST', token, headers, body }).catch(() => undefined)
      if (answer?.status === 201) return { item, id: (answer.body as Order).id }
      if (answer) refusals.push(answer)
      else unanswered++
      await setTimeout(PACE)
    }
  }

  return {
    refusals,
    /** How many times no answer came. */
    unanswered: () => unanswered,
    /** Resolves when so many more orders are confirmed. */
    async confirm(count: number): Promise<void> {
      const due = confirmed.length + count
      while (confirmed.length < due) await setTimeout(PACE)
    },
    /** Resolves when it is so. */
    async until(isSo: () => boolean): Promise<void> {
      while (!isSo()) await setTimeout(PACE)
    },
    /** Resolves to all orders by item, once the last is confirmed. */
    async stop(): Promise<Order[]> {
      stopped = true
      await Promise.all(buyers)
      return confirmed.sort((one, other) => (one.item < other.item ? -1 : 1))
    },
  }
}
