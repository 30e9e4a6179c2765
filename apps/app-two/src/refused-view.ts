import { html, type Page } from '@signet/web'
import { type OrderForm, orderForm } from './order-form.ts'

/** The form once more, with what the API found wrong beside its fields and the rest on top. */
export function refusedPage(status: number, message: string, form: OrderForm): Page {
  const fields = ['userId', 'item', 'quantity']
  const others = form.errors?.filter(({ path }) => !fields.includes(path)) ?? []
  return {
    status,
    title: 'The order was not placed',
    content: html`
      <nav class="back" aria-label="Back"><a href="/">All orders</a></nav>
      <h1>The order was not placed</h1>
      <div role="alert">
        <p>${message}</p>
        ${others.map(({ path, message }) => html`<p><code>${path}</code>: ${message}</p>`)}
      </div>
      <section class="card" aria-label="New order">${orderForm(form)}</section>`,
  }
}
