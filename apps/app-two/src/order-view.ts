import { html, type Page } from '@signet/web'
import type { Order } from './api.ts'
import { day } from './day.ts'

/** One order; whoever has just placed it is sent here. */
export function orderPage({ id, item, quantity, createdAt, createdBy }: Order, name: string): Page {
  return {
    title: `${quantity} × ${item}`,
    content: html`
      <nav class="back" aria-label="Back"><a href="/">All orders</a></nav>
      <h1>${quantity} × ${item}</h1>
      <dl>
        <dt>For</dt><dd>${name}</dd>
        <dt>Placed</dt><dd>${day(createdAt)} UTC</dd>
        <dt>By application</dt><dd><code>${createdBy}</code></dd>
        <dt>Order</dt><dd><code>${id}</code></dd>
      </dl>`,
  }
}
