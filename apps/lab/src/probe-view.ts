import { isAttack, type Probe } from '@signet/attacks'
import { CHECKS } from '@signet/auth'
import { type Html, html, type Page } from '@signet/web'
import type { Catalogue, Entry } from './catalogue.ts'
import { LESSONS } from './lessons.ts'
import { CHECK_TEXTS } from './steps.ts'

/** One attack before it is sent: what it tries, and the button. The expected code is not shown, so that visitors can guess. */
export function probePage(catalogue: Catalogue, entry: Entry): Page {
  const { name, group, why } = entry.probe
  const { text } = LESSONS[group]
  return {
    title: name,
    content: html`
      ${backLink(entry)}
      ${heading(entry)}
      <p class="lead">${linkSources(why)}.</p>
      <p>${text}</p>
      <p>${taskText(entry)}</p>
      ${sendForm(entry, 'Send it')}
      ${checkList()}
      ${adjacentLinks(catalogue, entry)}`,
  }
}

function taskText({ probe }: Entry): Html {
  if (!isAttack(probe)) return html`It must be <strong>accepted</strong>: every check must let it pass.`
  return html`It must be <strong>refused</strong>. Guess which check stops it, then send it.`
}

/** The possible answers to the guess. */
function checkList(): Html {
  return html`
    <details>
      <summary>The checks, in their order</summary>
      <ol>${CHECKS.map((check) => html`<li><strong>${check}</strong>: ${CHECK_TEXTS[check]}</li>`)}</ol>
    </details>`
}

/** The link to the group of an entry. */
export function backLink({ probe: { group } }: Entry): Html {
  return html`<nav class="back" aria-label="Back"><a href="/groups/${group}">${LESSONS[group].title}</a></nav>`
}

export function heading({ probe }: Entry): Html {
  return html`
    <p class="kind">${isAttack(probe) ? 'An attack' : 'A valid request'}</p>
    <h1>${probe.name}</h1>`
}

export function sendForm({ id }: Entry, label: string): Html {
  return html`<form class="send" method="post" action="/attacks/${id}"><button>${label}</button></form>`
}

/** The links to the previous and the next entry of the group. */
export function adjacentLinks(catalogue: Catalogue, entry: Entry): Html {
  const { previous, next } = catalogue.adjacent(entry)
  return html`
    <nav class="adjacent" aria-label="In this group">
      ${previous && html`<a rel="prev" href="/attacks/${previous.id}">${previous.probe.name}</a>`}
      ${next && html`<a rel="next" href="/attacks/${next.id}">${next.probe.name}</a>`}
    </nav>`
}

/** The text, with a link for each RFC section and each CVE. */
export function linkSources(text: string): Html {
  const pieces = text.split(/(RFC \d+ §[\dA-F][\d.]*(?<!\.)|CVE-\d{4}-\d+)/)
  return html`${pieces.map((piece, place) => (place % 2 ? html`<a href="${addressOf(piece)}">${piece}</a>` : piece))}`
}

function addressOf(source: string): string {
  if (source.startsWith('CVE')) return `https://www.cve.org/CVERecord?id=${source}`
  const [, number, section = ''] = /^RFC (\d+) §(.+)$/.exec(source) ?? []
  const kind = /^[A-F]/.test(section) ? 'appendix' : 'section'
  return `https://www.rfc-editor.org/rfc/rfc${number}#${kind}-${section}`
}

/** The expected status and code. If the contract permits several codes, all of them. */
export function expectedAnswer({ status, code = [] }: Probe['expect']): Html {
  const codes = [code].flat()
  return html`<code>${status}${codes.length > 0 && ` ${codes.join(' or ')}`}</code>`
}
