import { methodNotAllowed } from '@signet/service'
import type { Site } from '@signet/web'
import { type Html, html, type Page, pageContext, parseId, parseQuery, sendPage } from '@signet/web'
import { Router } from 'express'
import { z } from 'zod'
import type { Api, User } from './api.ts'

/** The people directory: `/` searches and turns pages, `/people/:id` is one person. */
export function people(api: Api): Router {
  const router = Router()

  router
    .route('/')
    .get(async (request, response) => {
      const query = parseQuery(peopleQuery, request.query)
      const { data, next } = await api.listUsers(pageContext(response), query)
      await sendPage(response, site, peoplePage(data, { ...query, next }))
    })
    .all(methodNotAllowed('GET', 'HEAD'))

  router
    .route('/people/:id')
    .get(async (request, response) => {
      const { data } = await api.findUser(pageContext(response), parseId(request.params.id))
      await sendPage(response, site, personPage(data))
    })
    .all(methodNotAllowed('GET', 'HEAD'))

  return router
}

/** An empty search field is no search. What the values may hold is for the API to say. */
const given = z
  .string()
  .optional()
  .transform((text) => text?.trim() || undefined)
const peopleQuery = z.object({ search: given, after: given })

type Shown = { search?: string | undefined; after?: string | undefined; next: string | undefined }

function peoplePage(people: readonly User[], { search = '', after, next }: Shown): Page {
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

function personPage({ id, name, email }: User): Page {
  return {
    title: name,
    content: html`
      <nav class="back" aria-label="Back"><a href="/">All people</a></nav>
      <h1>${name}</h1>
      <dl>
        <dt>Email address</dt><dd><a href="mailto:${email}">${email}</a></dd>
        <dt>ID</dt><dd><code>${id}</code></dd>
      </dl>`,
  }
}

export const site: Site = { name: 'app-one', purpose: 'the people directory' }
