import { type Log, type Refusal, refusalOf } from '@signet/service'
import type { ErrorRequestHandler } from 'express'
import { pageContext } from './context.ts'
import { failurePage } from './failure-view.ts'
import { type Html, html } from './html.ts'
import type { Site } from './layout.ts'
import { sendPage } from './send-page.ts'

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
