import { type Html, html } from '@signet/web'
import type { Entry } from './catalogue.ts'

/** What can be tried, with the rule; nothing for an empty list. The answer that must come is for the visitor to guess. */
export function entryList(title: string, entries: readonly Entry[]): Html | undefined {
  if (entries.length === 0) return undefined
  const id = title.toLowerCase().replaceAll(' ', '-')
  return html`
    <section aria-labelledby="${id}">
      <h2 id="${id}">${title} <small>${entries.length}</small></h2>
      <ul class="entries">
        ${entries.map(
          (entry) => html`
            <li>
              <a href="/attacks/${entry.id}">${entry.probe.name}</a>
              <small>${entry.probe.why}</small>
            </li>`,
        )}
      </ul>
    </section>`
}
