import { type Html, html, type Page } from '@signet/web'
import type { Order } from './api.ts'
import { day } from './day.ts'

/** One order; whoever has just placed it is sent here. Who is meant by its IDs comes beside it. */
export function orderPage({ id, item, quantity, createdAt }: Order, { person, application }: Names): Page {
  return {
    title: `${quantity} × ${item}`,
    content: html`
      <nav class="back" aria-label="Back"><a href="/">All orders</a></nav>
      <h1>${quantity} × ${item}</h1>
      <dl>
        <dt>For</dt><dd>${person}</dd>
        <dt>Placed</dt><dd>${day(createdAt)} UTC</dd>
        <dt>By application</dt><dd>${application}</dd>
        <dt>Order</dt><dd><code>${id}</code></dd>
      </dl>`,
  }
}

type Names = { person: string; application: Html }
