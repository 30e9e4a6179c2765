import { methodNotAllowed } from '@signet/service'
import { parseId, parseQuery, sendPage, visitOf } from '@signet/web'
import { Router } from 'express'
import { z } from 'zod'
import type { Api } from './api.ts'
import { namesOf } from './names.ts'
import { orderPage } from './order-view.ts'
import { ordersPage } from './orders-view.ts'
import { site } from './site.ts'

/** What the order desk shows: `/` is all orders and the form, `/orders/:id` one order. */
export function orders(api: Api): Router {
  const router = Router()

  router
    .route('/')
    .get(async (request, response) => {
      const visit = visitOf(response)
      const { search, after } = parseQuery(ordersQuery, request.query)
      const [orders, users] = await Promise.all([
        api.listOrders(visit, { after }),
        api.listUsers(visit, { search }),
      ])
      const names = await namesOf(api, visit, orders.data, users.data)
      const more = users.next !== undefined
      const shown = { users: users.data, more, names, search, after, next: orders.next }
      await sendPage(response, site, ordersPage(orders.data, shown))
    })
    .all(methodNotAllowed('GET', 'HEAD'))

  router
    .route('/orders/:id')
    .get(async (request, response) => {
      const visit = visitOf(response)
      const { data } = await api.findOrder(visit, parseId(request.params.id))
      const names = await namesOf(api, visit, [data], [])
      await sendPage(response, site, orderPage(data, names.get(data.userId) ?? data.userId))
    })
    .all(methodNotAllowed('GET', 'HEAD'))

  return router
}

/** An empty search field is no search. What the values may hold is for the API to say. */
const given = z
  .string()
  .optional()
  .transform((text) => text?.trim() || undefined)
const ordersQuery = z.object({ search: given, after: given })
