import { type Html, html } from '@signet/web'
import type { Values } from './order-form.ts'

/** Sends the same order again under the same key: if the first one did arrive after all, it stays one order. */
export function retryForm({ userId, item, quantity }: Values, key: string): Html {
  return html`
    <p>Your order is kept here. Send it again as often as you like: it is placed once.</p>
    <form method="post" action="/orders">
      <input type="hidden" name="idempotencyKey" value="${key}">
      <input type="hidden" name="userId" value="${userId}">
      <input type="hidden" name="item" value="${item}">
      <input type="hidden" name="quantity" value="${quantity}">
      <button>Send the order again</button>
    </form>`
}
