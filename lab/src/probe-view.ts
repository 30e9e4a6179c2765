import { isAttack } from '@signet/attacks'
import { type Html, html, type Page } from '@signet/web'
import type { Catalogue, Entry } from './catalogue.ts'
import { cited } from './cited.ts'
import { expectation } from './expectation.ts'
import { LESSONS } from './lessons.ts'

/** One attack before it is tried: what it tries, what must come, and the button. */
export function probePage(catalogue: Catalogue, entry: Entry): Page {
  const { name, group, why, expect } = entry.probe
  const { text } = LESSONS[group]
  return {
    title: name,
    content: html`
      ${wayBack(entry)}
      ${heading(entry)}
      <p class="lead">${cited(why)}.</p>
      <p>${text}</p>
      <dl>
        <dt>Must be</dt><dd>${isAttack(entry.probe) ? 'refused' : 'accepted'}</dd>
        <dt>With</dt><dd>${expectation(expect)}</dd>
      </dl>
      ${sendForm(entry, 'Send it')}
      ${neighbourLinks(catalogue, entry)}`,
  }
}

export function wayBack({ probe: { group } }: Entry): Html {
  return html`<nav class="back" aria-label="Back"><a href="/groups/${group}">${LESSONS[group].title}</a></nav>`
}

export function heading({ probe }: Entry): Html {
  return html`
    <p class="kind">${isAttack(probe) ? 'An attack' : 'A friendly request'}</p>
    <h1>${probe.name}</h1>`
}

export function sendForm({ id }: Entry, label: string): Html {
  return html`<form class="send" method="post" action="/attacks/${id}"><button>${label}</button></form>`
}

export function neighbourLinks(catalogue: Catalogue, entry: Entry): Html {
  const { previous, next } = catalogue.neighbours(entry)
  return html`
    <nav class="neighbours" aria-label="In this group">
      ${previous && html`<a rel="prev" href="/attacks/${previous.id}">${previous.probe.name}</a>`}
      ${next && html`<a rel="next" href="/attacks/${next.id}">${next.probe.name}</a>`}
    </nav>`
}
