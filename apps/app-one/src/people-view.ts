import { type Html, html, type Page } from '@signet/web'
import type { User } from './api.ts'

type Shown = { search?: string | undefined; after?: string | undefined; next: string | undefined }

export function peoplePage(people: readonly User[], { search = '', after, next }: Shown): Page {
  return {
    title: search ? `“${search}”` : 'People',
    content: html`
      <h1>People</h1>
      <form role="search" action="/" aria-label="People">
        <label for="search" class="unseen">Name or email address</label>
        <input type="search" id="search" name="search" value="${search}" maxlength="100" placeholder="Name or email"
          autocomplete="off">
        <button>Search</button>
      </form>
      ${people.length > 0 ? table(people, search) : nobody(search)}
      <nav class="pages" aria-label="Pages">
        ${(after || search) && html`<a href="/">${search ? 'Everybody' : 'First page'}</a>`}
        ${after && search && html`<a href="${address({ search })}">First page</a>`}
        ${next && html`<a href="${address({ search, after: next })}" rel="next">Next page</a>`}
      </nav>`,
  }
}

function table(people: readonly User[], search: string): Html {
  return html`
    <div class="cards">
      <table role="table">
        <caption>${search ? `People whose name or address has “${search}”` : 'Everybody in the directory'}</caption>
        <thead role="rowgroup">
          <tr role="row"><th role="columnheader" scope="col">Name</th><th role="columnheader" scope="col">Email address</th></tr>
        </thead>
        <tbody role="rowgroup">
          ${people.map(
            ({ id, name, email }) => html`
              <tr role="row">
                <th role="rowheader" scope="row"><a href="/people/${encodeURIComponent(id)}">${name}</a></th>
                <td role="cell">${email}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`
}

function nobody(search: string): Html {
  return html`<p class="empty">${search ? `Nobody here has “${search}” in name or address.` : 'There is nobody here.'}</p>`
}

function address(query: { search: string; after?: string }): string {
  const params = new URLSearchParams(query)
  if (!query.search) params.delete('search')
  return `/?${params}`
}
