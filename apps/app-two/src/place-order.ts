import { randomUUID } from 'node:crypto'
import { methodNotAllowed, type Refusal, refusalOf } from '@signet/service'
import { formBody, type PageContext, pageContext, sendPage } from '@signet/web'
import { Router } from 'express'
import { z } from 'zod'
import type { Api } from './api.ts'
import { refusedPage, retryForm, type Values } from './order-form.ts'
import { site } from './orders.ts'

/** `POST /orders` places an order and redirects the browser to its page, so that a reload does not place another order. */
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
        const refusal = refusalOf(error)
        if (!CORRECTABLE.includes(refusal.code)) throw error
        await sendPage(response, site, await formAgain(refusal, api, context, values, idempotencyKey))
      }
    })
    .all(methodNotAllowed('GET', 'HEAD', 'POST'))

  return router
}

/** The codes of refusals that the visitor can correct in the form. */
const CORRECTABLE = ['invalid_request', 'idempotency_key_reused']

/** A field that is missing or repeated counts as empty. The API then says what is wrong with it. */
const text = z.string().catch('')
const orderBody = z.object({
  userId: text,
  item: text,
  quantity: text,
  /** If the form has no valid key, it gets a new one. */
  idempotencyKey: z.uuid().catch(() => randomUUID()),
})

/** Turns a whole number into a number. Any other text is sent as it is, and the API refuses it. */
function orderOf({ userId, item, quantity }: Values) {
  return { userId, item, quantity: /^\d{1,9}$/.test(quantity) ? Number(quantity) : quantity }
}

/** Shows the form again. A key that was used for another order cannot be used again, so the form then gets a new key. */
async function formAgain(refusal: Refusal, api: Api, context: PageContext, values: Values, key: string) {
  const users = await api.listUsers(context, {})
  const form = { users: users.data, values, errors: refusal.members.errors ?? [] }
  if (refusal.code === 'idempotency_key_reused')
    return refusedPage(
      refusal.status,
      'This form has already placed an order with other values. To place another order, send the form again.',
      { ...form, key: randomUUID() },
    )
  return refusedPage(refusal.status, 'Correct the errors below, then send the form again.', {
    ...form,
    key,
  })
}
