import { randomUUID } from 'node:crypto'
import { methodNotAllowed, Problem } from '@signet/service'
import { formBody, type PageContext, pageContext, sendPage } from '@signet/web'
import { Router } from 'express'
import { z } from 'zod'
import type { Api } from './api.ts'
import type { Values } from './order-form.ts'
import { refusedPage, retryForm } from './order-form.ts'
import { site } from './orders.ts'

/** `POST /orders` places an order and sends the browser on to it, so that loading that page again orders nothing. */
export function placeOrder(api: Api): Router {
  const router = Router()

  router
    .route('/orders')
    .get((_request, response) => response.redirect('/'))
    .post(formBody(), async (request, response) => {
      const context = pageContext(response)
      const { idempotencyKey, ...values } = orderBody.parse(request.body ?? {})
      context.retry = retryForm(values, idempotencyKey)
      try {
        const { data } = await api.placeOrder(context, orderOf(values), idempotencyKey)
        response.redirect(303, `/orders/${encodeURIComponent(data.id)}`)
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        await sendPage(response, site, await refusal(error, api, context, values, idempotencyKey))
      }
    })
    .all(methodNotAllowed('GET', 'HEAD', 'POST'))

  return router
}

/** What is missing or no single text counts as empty, and the API says what is wrong with it. */
const text = z.string().catch('')
const orderBody = z.object({
  userId: text,
  item: text,
  quantity: text,
  /** Without a key of our own making, this is a form of its own. */
  idempotencyKey: z.uuid().catch(() => randomUUID()),
})

/** Whole numbers become numbers; anything else goes as it is, for the API to refuse. */
function orderOf({ userId, item, quantity }: Values) {
  return { userId, item, quantity: /^\d{1,9}$/.test(quantity) ? Number(quantity) : quantity }
}

/** The form again. A key that has made another order can make no second one, so the form gets a new key. */
async function refusal(problem: Problem, api: Api, context: PageContext, values: Values, key: string) {
  const users = await api.listUsers(context, {})
  const form = { users: users.data, values, errors: problem.members.errors ?? [] }
  if (problem.code === 'idempotency_key_reused')
    return refusedPage(
      problem.status,
      'This form has already placed an order, with other contents. To place one more, send it again.',
      { ...form, key: randomUUID() },
    )
  return refusedPage(problem.status, 'Please mend what is marked below, then send it again.', {
    ...form,
    key,
  })
}
