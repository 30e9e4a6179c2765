import { methodNotAllowed } from '@signet/service'
import {
  type Html,
  html,
  type PageContext,
  pageContext,
  parseId,
  parseQuery,
  type Site,
  sendPage,
  textParameter,
  type User,
} from '@signet/web'
import { Router } from 'express'
import { z } from 'zod'
import type { Api, Order } from './api.ts'
import { orderPage, ordersPage } from './orders-view.ts'

export const site: Site = { name: 'app-two', purpose: 'the order desk' }

/** The pages of the order desk: `/` shows the orders and the form for a new one, and `/orders/:id` shows one order. */
export function orders(api: Api): Router {
  const router = Router()

  router
    .route('/')
    .get(async (request, response) => {
      const context = pageContext(response)
      const { search, after } = parseQuery(ordersQuery, request.query)
      const [orders, users] = await Promise.all([
        api.listOrders(context, { after }),
        api.listUsers(context, { search }),
      ])
      const names = await namesOf(api, context, orders.data, users.data)
      const more = users.next !== undefined
      const shown = { users: users.data, more, names, search, after, next: orders.next }
      await sendPage(response, site, ordersPage(orders.data, shown))
    })
    .all(methodNotAllowed('GET', 'HEAD'))

  router
    .route('/orders/:id')
    .get(async (request, response) => {
      const context = pageContext(response)
      const { data } = await api.findOrder(context, parseId(request.params.id))
      const names = await namesOf(api, context, [data], [])
      const person = names.get(data.userId) ?? data.userId
      await sendPage(response, site, orderPage(data, { person, application: nameOf(data.createdBy) }))
    })
    .all(methodNotAllowed('GET', 'HEAD'))

  /** The name of an application. app-two knows only its own name, so other applications are shown by their ID. */
  function nameOf(appId: string): Html {
    return appId === api.appId ? html`${site.name}` : html`<code>${appId}</code>`
  }

  return router
}

const ordersQuery = z.object({ search: textParameter, after: textParameter })

/**
 * The name of each user in the orders, by user ID. One call asks for all users who are not in `users`. If a user no longer
 * exists, the name is the ID.
 */
async function namesOf(api: Api, context: PageContext, orders: readonly Order[], users: readonly User[]) {
  const names = new Map(users.map(({ id, name }) => [id, name]))
  const missing = new Set(orders.map(({ userId }) => userId).filter((id) => !names.has(id)))
  const found = missing.size > 0 ? await api.findUsers(context, [...missing]) : { data: [] }
  for (const { id, name } of found.data) names.set(id, name)
  for (const id of missing) if (!names.has(id)) names.set(id, id)
  return names
}
