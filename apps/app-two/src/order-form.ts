import { randomUUID } from 'node:crypto'
import type { FieldError } from '@signet/service'
import { type Html, html, type Page, type User } from '@signet/web'

export type Values = { userId: string; item: string; quantity: string }

type OrderForm = {
  users: readonly User[]
  values?: Values
  errors?: readonly FieldError[]
  /** The idempotency key. A form places one order, however often it is sent. */
  key?: string
}

/** The form for a new order. It is empty, or it has the entered values and what is wrong with them. */
export function orderForm({ users, values = EMPTY, errors = [], key = randomUUID() }: OrderForm): Html {
  return html`
    <form method="post" action="/orders" class="order">
      <input type="hidden" name="idempotencyKey" value="${key}">
      ${field('userId', 'For', errors, (state) => html`<select ${state} required>${options(users, values.userId)}</select>`)}
      ${field(
        'item',
        'Item',
        errors,
        (state) => html`
        <input ${state} type="text" value="${values.item}" required maxlength="200" autocomplete="off">`,
      )}
      ${field(
        'quantity',
        'Quantity',
        errors,
        (state) => html`
        <input ${state} type="number" value="${values.quantity}" required min="1" max="1000" inputmode="numeric">`,
      )}
      <button>Place order</button>
    </form>`
}

/** The form of an order that was refused. Errors of a field are shown beside it, and other errors above the form. */
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

/** Sends the same order again with the same key. If the API did get the first one, no second order is placed. */
export function retryForm({ userId, item, quantity }: Values, key: string): Html {
  return html`
    <p>You can send the same order again. It is placed only once, even if you send it several times.</p>
    <form method="post" action="/orders">
      <input type="hidden" name="idempotencyKey" value="${key}">
      <input type="hidden" name="userId" value="${userId}">
      <input type="hidden" name="item" value="${item}">
      <input type="hidden" name="quantity" value="${quantity}">
      <button>Send the order again</button>
    </form>`
}

const EMPTY: Values = { userId: '', item: '', quantity: '1' }

/** A label, its control and the errors of the field. `state` holds the attributes that connect the three. */
function field(
  name: keyof Values,
  label: string,
  errors: readonly FieldError[],
  control: (state: Html) => Html,
): Html {
  const mine = errors.filter(({ path }) => path === name)
  const invalid = mine.length > 0 && html`aria-invalid="true" aria-describedby="${name}-error"`
  return html`
    <div>
      <label for="${name}">${label}</label>
      ${control(html`id="${name}" name="${name}" ${invalid}`)}
      ${mine.length > 0 && html`<small id="${name}-error">${mine.map(({ message }) => message).join(' ')}</small>`}
    </div>`
}

function options(users: readonly User[], chosen: string): Html {
  const known = !chosen || users.some(({ id }) => id === chosen)
  return html`
    <option value="">Choose a person</option>
    ${!known && html`<option value="${chosen}" selected>${chosen}</option>`}
    ${users.map(({ id, name }) => html`<option value="${id}" ${id === chosen && 'selected'}>${name}</option>`)}`
}
