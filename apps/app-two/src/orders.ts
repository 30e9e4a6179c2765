import { methodNotAllowed } from '@signet/service'
import type { PageContext, Site } from '@signet/web'
import { type Html, html, pageContext, parseId, parseQuery, sendPage } from '@signet/web'
import { Router } from 'express'
import { z } from 'zod'
import type { Api, Order, User } from './api.ts'
import { orderPage, ordersPage } from './orders-view.ts'

/** What the order desk shows: `/` is all orders and the form, `/orders/:id` one order. */
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

  /** app-two knows its own name and no other: another application is shown by its ID. */
  function nameOf(appId: string): Html {
    return appId === api.appId ? html`${site.name}` : html`<code>${appId}</code>`
  }

  return router
}

/** An empty search field is no search. What the values may hold is for the API to say. */
const given = z
  .string()
  .optional()
  .transform((text) => text?.trim() || undefined)
const ordersQuery = z.object({ search: given, after: given })

/**
 * The names behind the orders' user IDs. Whoever is not among the users at hand is asked for by ID, all at once; one
 * page has 20 orders at most. Somebody who is gone keeps the bare ID.
 */
async function namesOf(api: Api, context: PageContext, orders: readonly Order[], users: readonly User[]) {
  const names = new Map(users.map(({ id, name }) => [id, name]))
  const missing = new Set(orders.map(({ userId }) => userId).filter((id) => !names.has(id)))
  await Promise.all(
    Array.from(missing, async (id) => {
      const found = await api.findUser(context, id).catch(goneIsFine)
      names.set(id, found?.data.name ?? id)
    }),
  )
  return names
}

function goneIsFine(error: { code?: unknown }): undefined {
  if (error.code !== 'not_found') throw error
}

export const site: Site = { name: 'app-two', purpose: 'the order desk' }
