import type { Refusal } from '@signet/service'
import { explain } from './explanation.ts'
import { type Html, html } from './html.ts'
import type { Page, Site } from './layout.ts'

/** The page of a problem: what happened, what to do, the code and the request ID. `action` is the way out of it. */
export function failurePage(
  site: Site,
  requestId: string,
  problem: Refusal,
  action: Html = toFirstPage(),
): Page {
  const { code, status, message, members } = problem
  const { apiCode, permission, errors = [] } = members
  const { title, advice } = explain({ code, apiCode, permission, application: site.name })
  return {
    title,
    status,
    content: html`
      <article class="failure">
        <p class="status">${status}</p>
        <h1>${title}</h1>
        <p>${message}</p>
        ${errors.length > 0 && html`<ul>${errors.map((e) => html`<li><code>${e.path}</code>: ${e.message}</li>`)}</ul>`}
        <p>${advice}</p>
        ${code !== 'host_not_allowed' && html`<div class="action">${action}</div>`}
        <dl>
          <dt>Problem</dt><dd><code>${code}</code></dd>
          ${apiCode && html`<dt>The API said</dt><dd><code>${apiCode}</code></dd>`}
          <dt>Request ID</dt><dd><code>${requestId}</code></dd>
        </dl>
      </article>`,
  }
}

function toFirstPage(): Html {
  return html`<a role="button" href="/">First page</a>`
}
