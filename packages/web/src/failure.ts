import { type Log, type Refusal, refusalOf } from '@signet/service'
import type { ErrorRequestHandler } from 'express'
import { pageContext } from './context.ts'
import { type Html, html } from './html.ts'
import type { Page, Site } from './page.ts'
import { sendPage } from './page.ts'

/**
 * Answers every error with a page. A client that would rather have JSON gets it from `sendProblems`, which stands
 * behind this; one that takes anything (curl) gets the page.
 */
export function failurePages({ site, log }: { site: Site; log: Log }): ErrorRequestHandler {
  return async (error, request, response, next) => {
    if (response.headersSent) return next(error)
    response.vary('Accept')
    if (request.accepts(['html', 'json', 'application/problem+json']) !== 'html') return next(error)

    const problem = refusalOf(error)
    const { requestId, retry } = pageContext(response)
    response.locals.refusal = { code: problem.code, reason: problem.reason }
    if (problem.code === 'internal_error') log.error({ requestId, err: error }, 'unexpected error')

    response.set(problem.headers)
    const refreshAfter = PASSING.includes(problem.code) && !retry ? waitOf(problem) : undefined
    const action = refreshAfter ? reload(refreshAfter) : retry
    await sendPage(response, site, { ...failurePage(site, requestId, problem, action), refreshAfter })
  }
}

/** What passes without anybody's doing. */
const PASSING = ['api_unreachable', 'api_timeout', 'unavailable']

/** Seconds until the page loads itself anew: enough to read it, and never before the API wants to be asked again. */
function waitOf({ headers }: Refusal): number {
  return Math.max(15, Number(headers['Retry-After'] ?? 0))
}

function reload(seconds: number): Html {
  return html`
    <p><a role="button" href="">Try again</a></p>
    <p><small>This page tries again by itself every ${seconds} seconds.</small></p>`
}

/** The page of a problem: what happened, what to do, the code and the request ID. `action` is the way out of it. */
function failurePage(site: Site, requestId: string, problem: Refusal, action: Html = toFirstPage()): Page {
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

/** What a page says of a failure: its heading, and what the reader can do. */
type Explanation = { title: string; advice: string }

/**
 * In plain words, by the problem's code. `apiCode`: with which code the API refused this application's token, and
 * `permission` the one it lacks.
 */
function explain({ code, apiCode, permission, application }: Explained): Explanation {
  const explanation = EXPLANATIONS[code] ?? UNKNOWN
  const advice = code === 'api_refused' ? remedy(apiCode, permission, application) : explanation.advice
  return { ...explanation, advice }
}

type Explained = {
  code: string
  apiCode?: string | undefined
  permission?: string | undefined
  application: string
}

/** What the operator of this application should do. */
function remedy(apiCode = '', permission = 'PERMISSION', application: string): string {
  if (apiCode === 'permission_denied')
    return `If ${application} is meant to do this, run: npm run keys -- grant ${application} ${permission}`
  if (apiCode === 'token_rejected')
    return `The API holds no public key for ${application} that fits, or it was revoked. Run: npm run keys -- check`
  if (CLOCK_FAULTS.includes(apiCode))
    return 'Compare the clocks of both machines: they must agree within 5 seconds.'
  if (apiCode.startsWith('audience_'))
    return 'API_URL here and AUDIENCES at the API must name the same origin.'
  return 'Find the request ID in the log of the API: it says what was wrong with the token.'
}

const CLOCK_FAULTS = ['token_expired', 'token_not_yet_valid', 'token_issued_in_future']

const UNKNOWN: Explanation = { title: 'That did not work', advice: 'Start again from the first page.' }

const EXPLANATIONS: Partial<Record<string, Explanation>> = {
  invalid_request: {
    title: 'That address has a fault',
    advice: 'Start again from the first page. If you typed the address yourself, mend what is named above.',
  },
  cross_site_request: {
    title: 'This came from another site',
    advice: 'Nothing was done. If you meant to do it, open the first page here and send the form there.',
  },
  host_not_allowed: {
    title: 'No pages under this name',
    advice:
      'Open this server as localhost. To use another name, whoever runs it sets PUBLIC_HOSTS to that name and restarts it.',
  },
  not_found: {
    title: 'Page not found',
    advice: 'Check the address, or start again from the first page.',
  },
  method_not_allowed: { title: 'That cannot be done here', advice: 'Start again from the first page.' },
  body_too_large: { title: 'That was too much', advice: 'Go back and send a shorter text.' },
  unsupported_media_type: {
    title: 'That is not a form',
    advice: 'Send application/x-www-form-urlencoded, as the form on the first page does.',
  },
  internal_error: {
    title: 'Something broke on our side',
    advice:
      'Try again. If it stays, give the request ID to whoever runs this application: the log knows more.',
  },
  api_unreachable: {
    title: 'The API is away',
    advice: 'Start it (npm start), or check API_URL and the network between here and there.',
  },
  api_not_trusted: {
    title: 'This may not be our API',
    advice: 'No token was sent. API_CA_FILE must hold the CA of its certificate, and API_URL the name on it.',
  },
  api_refused: { title: 'The API refused this application', advice: '' },
  api_failed: {
    title: 'The API made a mistake',
    advice: 'Try again. If it stays, find the request ID in the log of the API.',
  },
  api_timeout: {
    title: 'The API is slow',
    advice: 'Wait a moment. If it stays, look at the load and the log of the API.',
  },
  unavailable: { title: 'The API needs a moment', advice: 'Wait a moment, then load the page again.' },
}
