import { setTimeout } from 'node:timers/promises'
import { openApi } from '../../apps/app-two/src/api.ts'
import type { TokenSource } from '../../packages/auth/src/index.ts'

/** `failed`: calls that got no good answer, by code. */
export type Traffic = { calls: number; failed: Record<string, number> }

const VISITORS = 8
/** Milliseconds between two calls of a visitor. */
const PAUSE = 10

/** Reads and writes as app-two does, with its own client, for so many milliseconds. */
export async function sendTraffic({ tokens, ca, milliseconds }: Sender): Promise<Traffic> {
  const api = openApi({ ca, tokens })
  const end = performance.now() + milliseconds
  const traffic: Traffic = { calls: 0, failed: {} }
  const context = () => ({ requestId: 'soak', receipts: [] })
  const { data: users } = await api.listUsers(context(), {})
  const userId = users[0]?.id ?? ''
  const calls = [
    () => api.listUsers(context(), {}),
    () => api.findUser(context(), userId),
    () => api.listOrders(context(), {}),
    () => api.placeOrder(context(), { userId, item: 'Lamp', quantity: 1 }, crypto.randomUUID()),
  ]
  await Promise.all(Array.from({ length: VISITORS }, visitor))
  api.close()
  return traffic

  async function visitor(_: unknown, at: number): Promise<void> {
    for (let turn = at; performance.now() < end; turn++) {
      await calls[turn % calls.length]?.().catch(({ code }) => {
        traffic.failed[code] = (traffic.failed[code] ?? 0) + 1
      })
      traffic.calls++
      await setTimeout(PAUSE)
    }
  }
}

type Sender = { tokens: TokenSource; ca: string; milliseconds: number }
