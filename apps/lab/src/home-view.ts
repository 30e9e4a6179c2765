import { GROUPS, type Group } from '@signet/attacks'
import { type Html, html, type Page } from '@signet/web'
import type { Entry } from './catalogue.ts'
import { byKind, type Catalogue, CLASSICS } from './catalogue.ts'
import { LESSONS } from './lessons.ts'

/** Where the system beside the lab stands. */
export type Addresses = Readonly<{ api: string; appOne: string; appTwo: string }>

export function homePage(catalogue: Catalogue, { api, appOne, appTwo }: Addresses): Page {
  const { attacks, accepted } = byKind(catalogue.entries)
  return {
    title: 'Break in',
    content: html`
      <h1>Break in</h1>
      <p class="lead">There are ${attacks.length} ways in here that must stay shut, and ${accepted.length} valid requests that
        must not be refused. Pick one, guess which check will stop it, and press. You will see the forged token taken
        apart beside a good one, and what the API really says.</p>
      <p class="lead">Nothing is simulated: each press is one real HTTPS request to <code>${api}</code>. The system beside the lab
        has keys of its own: <a href="${appOne}">app-one</a>, <a href="${appTwo}">app-two</a>.</p>
      ${searchForm('')}
      <section aria-labelledby="classics">
        <h2 id="classics">Begin with these</h2>
        <ol class="classics">
          ${catalogue.named(Object.keys(CLASSICS)).map(
            ({ id, probe: { name } }) => html`
              <li><a href="/attacks/${id}">${name}</a><br><small>${CLASSICS[name]}</small></li>`,
          )}
        </ol>
      </section>
      <section aria-labelledby="groups">
        <h2 id="groups">All of them, in the order of the checks</h2>
        <ul class="groups">${(Object.keys(GROUPS) as Group[]).map((group) => groupCard(catalogue, group))}</ul>
      </section>`,
  }
}

export function foundPage(catalogue: Catalogue, search: string): Page {
  const { attacks, accepted } = byKind(catalogue.search(search))
  const count = attacks.length + accepted.length
  return {
    title: `“${search}”`,
    content: html`
      <nav class="back" aria-label="Back"><a href="/">All attacks</a></nav>
      <h1>${count} found for “${search}”</h1>
      ${searchForm(search)}
      ${count === 0 && html`<p class="empty">Try a word of the standard, such as kid, crit or none, or an error code.</p>`}
      ${entryList('Must be refused', attacks)}
      ${entryList('Must be accepted', accepted)}`,
  }
}

function searchForm(search: string): Html {
  return html`
    <form role="search" action="/" aria-label="Attacks">
      <label for="search" class="unseen">Name, RFC, CVE or error code</label>
      <input type="search" id="search" name="search" value="${search}" maxlength="100" placeholder="Name or code"
        autocomplete="off">
      <button>Search</button>
    </form>`
}

function groupCard(catalogue: Catalogue, group: Group): Html {
  const { attacks, accepted } = byKind(catalogue.ofGroup(group))
  const counts = [
    `${attacks.length} attacks`,
    ...(accepted.length > 0 ? [`${accepted.length} accepted`] : []),
  ]
  return html`
    <li>
      <a href="/groups/${group}">${LESSONS[group].title}</a>
      <p>${GROUPS[group]}</p>
      <small>${counts.join(', ')}</small>
    </li>`
}

/** What can be tried, with the rule; nothing for an empty list. The answer that must come is for the visitor to guess. */
function entryList(title: string, entries: readonly Entry[]): Html | undefined {
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

export function groupPage(catalogue: Catalogue, group: Group): Page {
  const { title, text } = LESSONS[group]
  const { attacks, accepted } = byKind(catalogue.ofGroup(group))
  return {
    title,
    content: html`
      <nav class="back" aria-label="Back"><a href="/">All attacks</a></nav>
      <h1>${title}</h1>
      <p class="lead">${text}</p>
      ${entryList('Must be refused', attacks)}
      ${entryList('Must be accepted', accepted)}`,
  }
}
