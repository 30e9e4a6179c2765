import { GROUPS, type Group } from '@signet/attacks'
import { type Html, html, type Page } from '@signet/web'
import { byKind, type Catalogue, CLASSICS, type Entry } from './catalogue.ts'
import { LESSONS } from './lessons.ts'

/** The URLs of the system that the lab has started. */
export type Addresses = Readonly<{ api: string; appOne: string; appTwo: string }>

export function homePage(catalogue: Catalogue, { api, appOne, appTwo }: Addresses): Page {
  const { attacks, accepted } = byKind(catalogue.entries)
  return {
    title: 'Attack the API',
    content: html`
      <h1>Attack the API</h1>
      <p class="lead">The lab has ${attacks.length} attacks that the API must refuse, and ${accepted.length} valid requests that
        it must accept. Choose one, guess which check stops it, and send it. The lab then shows you the forged token beside a good
        one, and the answer of the API.</p>
      <p class="lead">Nothing is simulated: each click sends a real HTTPS request to <code>${api}</code>. This API has keys
        of its own, as have <a href="${appOne}">app-one</a> and <a href="${appTwo}">app-two</a>.</p>
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
        <h2 id="groups">All groups, in the order of the checks</h2>
        <ul class="groups">${(Object.keys(GROUPS) as Group[]).map((group) => groupCard(catalogue, group))}</ul>
      </section>`,
  }
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

/** The entries with the rule that each one tests. The expected answer is not shown, so that visitors can guess it. */
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
