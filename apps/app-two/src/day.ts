import { type Html, html } from '@signet/web'

/** A time as people write it, with the exact one (ISO 8601, UTC) for machines. */
export function day(time: string): Html {
  return html`<time datetime="${time}">${FORMAT.format(new Date(time))}</time>`
}

const FORMAT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })
