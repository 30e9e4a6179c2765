import { type Html, html, type Page, type User } from '@signet/web'
import type { Order } from './api.ts'
import { orderForm } from './order-form.ts'

type Shown = {
  users: readonly User[]
  /** Whether the directory has more people than `users`. */
  more: boolean
  names: ReadonlyMap<string, string>
  search?: string | undefined
  after?: string | undefined
  next: string | undefined
}

/** The first page: the form for a new order, and the list of orders. */
export function ordersPage(
  orders: readonly Order[],
  { users, more, names, search, after, next }: Shown,
): Page {
  return {
    title: 'Orders',
    content: html`
      <h1>Orders</h1>
      <section class="card" aria-labelledby="new">
        <h2 id="new">New order</h2>
        ${(more || search) && finder(search)}
        ${orderForm({ users })}
      </section>
      ${orders.length > 0 ? table(orders, names) : html`<p class="empty">There are no orders yet.</p>`}
      <nav class="pages" aria-label="Pages">
        ${after && html`<a href="/">First page</a>`}
        ${next && html`<a href="/?${new URLSearchParams({ after: next })}" rel="next">Next page</a>`}
      </nav>`,
  }
}

/** The page of one order. The browser is redirected here after an order was placed. */
export function orderPage(
  { id, item, quantity, createdAt }: Order,
  { person, application }: { person: string; application: Html },
): Page {
  return {
    title: `${quantity} × ${item}`,
    content: html`
      <nav class="back" aria-label="Back"><a href="/">All orders</a></nav>
      <h1>${quantity} × ${item}</h1>
      <dl>
        <dt>For</dt><dd>${person}</dd>
        <dt>Placed</dt><dd>${day(createdAt)} UTC</dd>
        <dt>Placed by</dt><dd>${application}</dd>
        <dt>Order ID</dt><dd><code>${id}</code></dd>
      </dl>`,
  }
}

/** A search for people. The form lists at most a hundred names, so other people must be searched for. */
function finder(search = ''): Html {
  return html`
    <form role="search" action="/" aria-label="People to order for">
      <label for="search" class="unseen">Find a person by name or email address</label>
      <input type="search" id="search" name="search" value="${search}" maxlength="100" placeholder="Find a person"
        autocomplete="off">
      <button>Find</button>
    </form>`
}

function table(orders: readonly Order[], names: Shown['names']): Html {
  return html`
    <div class="cards">
      <table role="table">
        <caption>Orders, newest first</caption>
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">Item</th>
            <th role="columnheader" scope="col" class="number">Quantity</th>
            <th role="columnheader" scope="col">For</th>
            <th role="columnheader" scope="col">Placed</th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${orders.map(
            ({ id, item, quantity, userId, createdAt }) => html`
              <tr role="row">
                <th role="rowheader" scope="row"><a href="/orders/${encodeURIComponent(id)}">${item}</a></th>
                <td role="cell" class="number" data-label="Quantity">${quantity}</td>
                <td role="cell" data-label="For">${names.get(userId) ?? userId}</td>
                <td role="cell" data-label="Placed">${day(createdAt)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`
}

/** A time in a form that people read. The `datetime` attribute has the exact time (ISO 8601, UTC). */
function day(time: string): Html {
  return html`<time datetime="${time}">${FORMAT.format(new Date(time))}</time>`
}

const FORMAT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })
