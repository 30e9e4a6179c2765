import type { ErrorRequestHandler } from 'express'
import type { Log } from './log.ts'
import { PROBLEM_TYPE, problemDocument } from './problem-document.ts'
import { problemFrom } from './problem-from.ts'
import { identify } from './request-id.ts'

/**
 * Answers every error as `application/problem+json` (RFC 9457). It stands last in an app. An error that nobody meant
 * for the caller is logged with its stack, and the caller learns the request ID.
 */
export function sendProblems({ log }: { log: Log }): ErrorRequestHandler {
  return (error, req, res, _next) => {
    const { code, status, message: detail, headers, reason, permission, extras } = problemFrom(error)
    const requestId = identify(req, res)
    res.locals.refusal = { code, ...(reason !== code && { reason }) }
    if (code === 'internal_error') log.error({ requestId, err: error }, 'unexpected error')
    // A half-sent answer cannot be mended: cutting it off is the one way left to tell the caller.
    if (res.headersSent) return void res.destroy()

    if (code === 'unavailable') res.set('Retry-After', '1')
    res.set({ 'Cache-Control': 'no-store', ...headers })
    res.status(status).type(PROBLEM_TYPE)
    res.json(problemDocument({ code, detail, requestId, ...(permission && { permission }), ...extras }))
  }
}
