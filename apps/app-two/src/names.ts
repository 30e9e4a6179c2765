import type { PageContext } from '@signet/web'
import type { Api, Order, User } from './api.ts'

/**
 * The names behind the orders' user IDs. Whoever is not among the users at hand is asked for by ID, all at once; one
 * page has 20 orders at most. Somebody who is gone keeps the bare ID.
 */
export async function namesOf(
  api: Api,
  context: PageContext,
  orders: readonly Order[],
  users: readonly User[],
) {
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
