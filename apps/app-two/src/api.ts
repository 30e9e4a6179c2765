import { type ClientOptions, openClient, type PageContext, user } from '@signet/web'
import { z } from 'zod'

export type Api = ReturnType<typeof openApi>
export type Order = z.infer<typeof order>

/** The calls to the API that app-two makes. The client adds a token to each call. */
export function openApi(options: ClientOptions) {
  const { call, close } = openClient(options)

  return {
    /** The application ID of app-two. The orders that app-two placed have it in `createdBy`. */
    appId: options.tokens.appId,

    listUsers: (context: PageContext, params: { search?: string | undefined }) =>
      call(context, { path: '/users', params: { ...params, limit: 100 }, answer: z.array(user) }),

    /** The users with these IDs, at most 100. */
    findUsers: (context: PageContext, ids: readonly string[]) =>
      call(context, { path: '/users', params: { id: ids, limit: 100 }, answer: z.array(user) }),

    /** Lists the orders, the newest one first. */
    listOrders: (context: PageContext, params: { after?: string | undefined }) =>
      call(context, {
        path: '/orders',
        params: { ...params, order: 'desc', limit: 20 },
        answer: z.array(order),
      }),

    findOrder: (context: PageContext, id: string) =>
      call(context, { path: `/orders/${encodeURIComponent(id)}`, answer: order }),

    /** Places an order. If it is sent again with the same key, the API does not place a second one. */
    placeOrder: (context: PageContext, data: Record<'userId' | 'item' | 'quantity', unknown>, key: string) =>
      call(context, {
        method: 'POST',
        path: '/orders',
        data,
        headers: { 'idempotency-key': key },
        answer: order,
      }),

    close,
  }
}

const order = z.object({
  id: z.string(),
  userId: z.string(),
  item: z.string(),
  quantity: z.number(),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
})
