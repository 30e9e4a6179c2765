import { randomUUID } from 'node:crypto'
import type { createClient } from '@signet/testing/client'

type Send = ReturnType<typeof createClient>

/**
 * `item`: what was ordered, by nobody else. `refused`: what was answered otherwise than it should, as text. `placed`: the
 * IDs of the orders that the API confirmed.
 */
export type Outcome = { item: string; sent: number; refused: string[]; placed: string[] }

/** Four callers who read and two who place orders, each one call after the other, until `stop` answers what came of it. */
export function startLoad({ send, token }: { send: Send; token: string }) {
  const outcome: Outcome = { item: randomUUID(), sent: 0, refused: [], placed: [] }
  let stopped = false
  const callers = [read(), read(), read(), read(), order(), order()]

  async function read(): Promise<void> {
    while (!stopped) await call('/users?limit=5', 200)
  }

  async function order(): Promise<void> {
    while (!stopped) {
      const body = JSON.stringify({ userId: 'u-001', item: outcome.item, quantity: 1 })
      const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() }
      const id = await call('/orders', 201, { method: 'POST', headers, body })
      if (id !== undefined) outcome.placed.push(id)
    }
  }

  async function call(path: string, wanted: number, sent = {}): Promise<string | undefined> {
    outcome.sent++
    const answer = await send(path, { token, ...sent }).catch((error: Error) => error.message)
    if (typeof answer === 'object' && answer.status === wanted) return (answer.body as { id?: string }).id
    outcome.refused.push(JSON.stringify(answer))
  }

  return {
    async stop(): Promise<Outcome> {
      stopped = true
      await Promise.all(callers)
      return outcome
    },
  }
}
