import { type Log, type Refusal, refusalOf } from '@signet/service'
import type { ErrorRequestHandler } from 'express'
import { pageContext } from './context.ts'
import { type Html, html } from './html.ts'
import { type Page, type Site, sendPage } from './page.ts'

/**
 * Answers every error with a page. A client that prefers JSON gets JSON from `sendProblems`, which must run after this
 * handler. A client that accepts everything (curl) gets the page.
 */
export function failurePages({ site, log }: { site: Site; log: Log }): ErrorRequestHandler {
  return async (error, request, response, next) => {
    if (response.headersSent) return next(error)
    response.vary('Accept')
    if (request.accepts(['html', 'json', 'application/problem+json']) !== 'html') return next(error)

    const refusal = refusalOf(error)
    const { requestId, retry } = pageContext(response)
    response.locals.refusal = { code: refusal.code, reason: refusal.reason }
    if (refusal.code === 'internal_error') log.error({ requestId, err: error }, 'unexpected error')

    response.set(refusal.headers)
    const refreshAfter = TEMPORARY.includes(refusal.code) && !retry ? waitOf(refusal) : undefined
    const action = refreshAfter ? reload(refreshAfter) : retry
    await sendPage(response, site, { ...failurePage(site, requestId, refusal, action), refreshAfter })
  }
}

/** The codes of failures that can end without any action of the visitor. */
const TEMPORARY = ['api_unreachable', 'api_timeout', 'unavailable']

/** Seconds until the browser loads the page again: enough time to read it, and not before the API allows the next call. */
function waitOf({ headers }: Refusal): number {
  return Math.max(15, Number(headers['Retry-After'] ?? 0))
}

function reload(seconds: number): Html {
  return html`
    <p><a role="button" href="">Try again</a></p>
    <p><small>The browser loads this page again every ${seconds} seconds.</small></p>`
}

/** The page of a failure: what happened, what to do, the code and the request ID. `action` is what the visitor can do next. */
function failurePage(site: Site, requestId: string, refusal: Refusal, action: Html = toFirstPage()): Page {
  const { code, status, message, members } = refusal
  const { apiCode, permission, errors = [] } = members
  const explanation = Object.hasOwn(EXPLANATIONS, code) ? EXPLANATIONS[code] : undefined
  const { title, advice } = explanation ?? { title: refusal.title, advice: 'Go back to the first page.' }
  // Without a detail of its own, the message repeats the title of the code, and the page has a title for it.
  const detail = message !== `${refusal.title}.` && message
  return {
    title,
    status,
    content: html`
      <article class="failure">
        <p class="status">${status}</p>
        <h1>${title}</h1>
        ${detail && html`<p>${detail}</p>`}
        ${errors.length > 0 && html`<ul>${errors.map((e) => html`<li><code>${e.path}</code>: ${e.message}</li>`)}</ul>`}
        <p>${code === 'api_refused' ? adviceToOperator(site.name, apiCode, permission) : advice}</p>
        ${code !== 'host_not_allowed' && html`<div class="action">${action}</div>`}
        <dl>
          <dt>Code</dt><dd><code>${code}</code></dd>
          ${apiCode && html`<dt>Code from the API</dt><dd><code>${apiCode}</code></dd>`}
          <dt>Request ID</dt><dd><code>${requestId}</code></dd>
        </dl>
      </article>`,
  }
}

function toFirstPage(): Html {
  return html`<a role="button" href="/">First page</a>`
}

/** What the operator of the application can do, by the code with which the API refused the application's token. */
function adviceToOperator(application: string, apiCode = '', permission = 'PERMISSION'): string {
  if (apiCode === 'permission_denied')
    return `If ${application} should have this permission, run: npm run keys -- grant ${application} ${permission}`
  if (apiCode === 'token_rejected')
    return `The API has no public key that matches the private key of ${application}, or the application was revoked. Run: npm run keys -- check`
  if (CLOCK_CODES.includes(apiCode))
    return 'Compare the clocks of the two machines. They may differ by at most 5 seconds.'
  if (apiCode.startsWith('audience_'))
    return 'The API_URL of this application must be one of the AUDIENCES of the API.'
  return 'Search the log of the API for the request ID. The log says what is wrong with the token.'
}

const CLOCK_CODES = ['token_expired', 'token_not_yet_valid', 'token_issued_in_future']

/** For each code: the heading of its page, and what the reader can do. */
const EXPLANATIONS: Partial<Record<string, { title: string; advice: string }>> = {
  invalid_request: {
    title: 'This address is not valid',
    advice:
      'Go back to the first page. If you typed the address, correct the parameters that are named above.',
  },
  cross_site_request: {
    title: 'The request came from another site',
    advice: 'Nothing was done. If you want to do this, open the first page here and send the form there.',
  },
  host_not_allowed: {
    title: 'No pages under this host name',
    advice:
      'Open this server as localhost. To use another name, its operator adds the name to PUBLIC_HOSTS and restarts the server.',
  },
  not_found: {
    title: 'Page not found',
    advice: 'Check the address, or go back to the first page.',
  },
  method_not_allowed: { title: 'This is not possible here', advice: 'Go back to the first page.' },
  body_too_large: { title: 'The form is too large', advice: 'Go back and send a shorter text.' },
  unsupported_media_type: {
    title: 'The request is not a form',
    advice: 'Send application/x-www-form-urlencoded, as the form on the first page does.',
  },
  internal_error: {
    title: 'Something went wrong in this application',
    advice:
      'Try again. If the error comes back, give the request ID to the operator of this application, who can find the cause in the log.',
  },
  api_unreachable: {
    title: 'The API cannot be reached',
    advice:
      'Start the API (npm start), or check API_URL and the network between this application and the API.',
  },
  api_not_trusted: {
    title: 'The API could not prove its identity',
    advice:
      "No token was sent. API_CA_FILE must hold the CA that signed the API's certificate, and API_URL must have the host name that is in the certificate.",
  },
  api_refused: { title: 'The API refused this application', advice: '' },
  api_failed: {
    title: 'The API gave no usable answer',
    advice: 'Try again. If the error comes back, search the log of the API for the request ID.',
  },
  api_timeout: {
    title: 'The API took too long to answer',
    advice: 'Wait a moment. If the error comes back, check the load and the log of the API.',
  },
  unavailable: {
    title: 'The API is not available at the moment',
    advice: 'Wait a moment, then load the page again.',
  },
}
