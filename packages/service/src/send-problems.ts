import type { ErrorRequestHandler, RequestHandler } from 'express'
import type { Log } from './log.ts'
import { PROBLEM_TYPE, Problem, type ProblemCode, problemDocument, type Refusal } from './problem.ts'
import { identify } from './request-log.ts'

declare global {
  namespace Express {
    interface Locals {
      /** Why the request was refused, for its log line and the metrics. */
      refusal?: { code: string; reason?: string | undefined }
    }
  }
}

/**
 * Answers every error as `application/problem+json` (RFC 9457). It comes last in an app. An error that is no refusal is
 * logged with its stack, and the caller gets the request ID.
 */
export function sendProblems({ log }: { log: Log }): ErrorRequestHandler {
  return (error, req, res, _next) => {
    const refusal = refusalOf(error)
    const { code, status, headers, reason } = refusal
    const requestId = identify(req, res)
    res.locals.refusal = { code, ...(reason !== code && { reason }) }
    if (code === 'internal_error') log.error({ requestId, err: error }, 'unexpected error')
    // An answer that is half sent cannot be changed. Only the end of the connection can tell the caller.
    if (res.headersSent) return void res.destroy()

    if (code === 'unavailable') res.set('Retry-After', '1')
    res.set({ 'Cache-Control': 'no-store', ...headers })
    res.status(status).type(PROBLEM_TYPE).json(problemDocument(refusal, requestId))
  }
}

/** Refuses what no route has taken. It comes after all routes. */
export function notFound(): RequestHandler {
  return () => {
    throw new Problem('not_found')
  }
}

/** Refuses the other methods of a path. It comes after the path's routes: `app.all(path, methodNotAllowed('GET'))`. */
export function methodNotAllowed(...allowed: string[]): RequestHandler {
  const methods = allowed.join(', ')
  return () => {
    throw new Problem('method_not_allowed', { detail: `Use ${methods}.`, headers: { Allow: methods } })
  }
}

/**
 * The refusal that an error means. What Express and its body parsers throw about a request becomes the code that the
 * caller should see, in our words, because theirs quote the input. Everything else is `internal_error` and says nothing.
 */
export function refusalOf(error: unknown): Refusal {
  if (isRefusal(error)) return error
  if (isRequestFault(error)) {
    const { status, type, name } = error
    const fault = type ?? name
    return new Problem(CODES[status] ?? 'invalid_request', { detail: DETAILS[fault], reason: fault })
  }
  return new Problem('internal_error', { detail: 'The fault is ours. The request ID finds it in our log.' })
}

function isRefusal(error: unknown): error is Refusal {
  const { code, status, title, headers, members } = Object(error) as Partial<Refusal>
  return (
    typeof code === 'string' &&
    typeof status === 'number' &&
    typeof title === 'string' &&
    typeof headers === 'object' &&
    typeof members === 'object'
  )
}

/** `expose` marks an error of `http-errors`. A status alone says nothing: an AxiosError carries another service's. */
function isRequestFault(error: unknown): error is RequestFault {
  if (!(error instanceof Error)) return false
  const { status, expose } = error as Partial<RequestFault>
  return (
    (typeof expose === 'boolean' && Number(status) < 500) || (error instanceof URIError && status === 400)
  )
}

type RequestFault = Error & { status: number; expose?: boolean; type?: string }

const CODES: Partial<Record<number, ProblemCode>> = {
  404: 'not_found',
  413: 'body_too_large',
  415: 'unsupported_media_type',
}

/** By the `type` of body-parser's errors, or else by the error's name. */
const DETAILS: Partial<Record<string, string>> = {
  'charset.unsupported': 'Send the body as UTF-8.',
  'encoding.unsupported': 'Send the body without Content-Encoding.',
  'entity.parse.failed': 'The body is not valid JSON.',
  'parameters.too.many': 'The form has too many fields.',
  'querystring.parse.rangeError': 'The form is nested too deeply.',
  'request.aborted': 'The body ended too early.',
  'request.size.invalid': 'The body is not as long as its Content-Length says.',
  URIError: 'The path holds a percent sign that starts no valid UTF-8 character.',
}
