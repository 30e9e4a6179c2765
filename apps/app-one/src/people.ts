import { methodNotAllowed } from '@signet/service'
import {
  type Html,
  html,
  type Page,
  pageContext,
  parseId,
  parseQuery,
  type Site,
  sendPage,
  textParameter,
  type User,
} from '@signet/web'
import { Router } from 'express'
import { z } from 'zod'
import type { Api } from './api.ts'

export const site: Site = { name: 'app-one', purpose: 'the people directory' }

/** The people directory: `/` lists and searches people, page by page, and `/people/:id` shows one person. */
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

const peopleQuery = z.object({ search: textParameter, after: textParameter })

type Shown = z.infer<typeof peopleQuery> & { next: string | undefined }

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
      ${people.length > 0 ? table(people, search) : noPeople(search)}
      <nav class="pages" aria-label="Pages">
        ${(after || search) && html`<a href="/">${search ? 'All people' : 'First page'}</a>`}
        ${after && search && html`<a href="${address({ search })}">First page</a>`}
        ${next && html`<a href="${address({ search, after: next })}" rel="next">Next page</a>`}
      </nav>`,
  }
}

function table(people: readonly User[], search: string): Html {
  return html`
    <div class="cards">
      <table role="table">
        <caption>${search ? `People whose name or email address contains “${search}”` : 'All people in the directory'}</caption>
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

function noPeople(search: string): Html {
  return html`<p class="empty">${search ? `No name or email address contains “${search}”.` : 'There are no people in the directory.'}</p>`
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
