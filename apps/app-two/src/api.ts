import { Agent } from 'node:https'
import type { TokenSource } from '@signet/auth'
import { attachTokens } from '@signet/auth/axios'
import { call, type PageContext } from '@signet/web'
import axios from 'axios'
import { z } from 'zod'

export type Api = ReturnType<typeof openApi>
export type User = z.infer<typeof user>
export type Order = z.infer<typeof order>

/**
 * The API as app-two uses it. Each call carries a token that app-two signed itself: there is no login and no shared
 * secret. `ca`: the PEM of the CA that signed the API's certificate; `timeout`: milliseconds for a whole call.
 */
export function openApi({
  ca,
  tokens,
  timeout = 5000,
}: {
  ca: string
  tokens: TokenSource
  timeout?: number
}) {
  // Said here, since NODE_TLS_REJECT_UNAUTHORIZED=0 would change the default: the token would go to any server.
  const httpsAgent = new Agent({ ca, rejectUnauthorized: true, keepAlive: true, maxSockets: 50 })
  const client = axios.create({ baseURL: tokens.audience, httpsAgent, timeout })
  attachTokens(client, tokens)

  return {
    /** The application ID of app-two: orders that it placed carry it in `createdBy`. */
    appId: tokens.appId,

    listUsers: (context: PageContext, params: { search?: string | undefined }) =>
      call(client, context, { path: '/users', params: { ...params, limit: 100 }, answer: z.array(user) }),

    findUser: (context: PageContext, id: string) =>
      call(client, context, { path: `/users/${encodeURIComponent(id)}`, answer: user }),

    /** The newest order first. */
    listOrders: (context: PageContext, params: { after?: string | undefined }) =>
      call(client, context, {
        path: '/orders',
        params: { ...params, order: 'desc', limit: 20 },
        answer: z.array(order),
      }),

    findOrder: (context: PageContext, id: string) =>
      call(client, context, { path: `/orders/${encodeURIComponent(id)}`, answer: order }),

    /** Sent twice with one key, an order is placed once. */
    placeOrder: (context: PageContext, data: Record<'userId' | 'item' | 'quantity', unknown>, key: string) =>
      call(client, context, {
        method: 'POST',
        path: '/orders',
        data,
        headers: { 'idempotency-key': key },
        answer: order,
      }),

    close: () => httpsAgent.destroy(),
  }
}

const user = z.object({ id: z.string(), name: z.string(), email: z.string() })

const order = z.object({
  id: z.string(),
  userId: z.string(),
  item: z.string(),
  quantity: z.number(),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
})
