import { randomUUID } from 'node:crypto'
import type { FieldError } from '@signet/service'
import { type Html, html } from '@signet/web'
import type { User } from './api.ts'

export type Values = { userId: string; item: string; quantity: string }

export type OrderForm = {
  users: readonly User[]
  values?: Values
  errors?: readonly FieldError[]
  /** One form makes one order, however often it is sent. */
  key?: string
}

/** The form for a new order, empty or with what was entered and what is wrong with it. */
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

const EMPTY: Values = { userId: '', item: '', quantity: '1' }

/** A label, its control, and beside it what the API found wrong. `state` are the attributes that tie the three. */
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
