import type { ErrorRequestHandler, RequestHandler } from 'express'
import type { Log } from './log.ts'
import { PROBLEM_TYPE, Problem, type ProblemCode, problemDocument, type Refusal } from './problem.ts'
import { identify } from './request-log.ts'

declare global {
  namespace Express {
    interface Locals {
      /** Why the request was refused. The request log and the metrics read it. */
      refusal?: { code: string; reason?: string | undefined }
    }
  }
}

/**
 * Answers every error as `application/problem+json` (RFC 9457). Register it last. An error that is not a refusal is
 * logged with its stack, and the caller gets only the request ID.
 */
export function sendProblems({ log }: { log: Log }): ErrorRequestHandler {
  return (error, req, res, _next) => {
    const refusal = refusalOf(error)
    const { code, status, headers, reason } = refusal
    const requestId = identify(req, res)
    res.locals.refusal = { code, ...(reason !== code && { reason }) }
    if (code === 'internal_error')
      log.error({ requestId, traceId: req.trace.id, err: error }, 'unexpected error')
    // The headers of the answer are already sent. Closing the connection is the only way to report the error.
    if (res.headersSent) return void res.destroy()

    if (code === 'unavailable') res.set('Retry-After', '1')
    res.set({ 'Cache-Control': 'no-store', ...headers })
    res.status(status).type(PROBLEM_TYPE).json(problemDocument(refusal, requestId))
  }
}

/** Refuses a request that no route has answered. Register it after all routes. */
export function notFound(): RequestHandler {
  return () => {
    throw new Problem('not_found')
  }
}

/**
 * Refuses the other methods of a path. Register it after the routes of the path:
 * `app.all(path, methodNotAllowed('GET'))`.
 */
export function methodNotAllowed(...allowed: string[]): RequestHandler {
  const methods = allowed.join(', ')
  return () => {
    throw new Problem('method_not_allowed', { detail: `Use ${methods}.`, headers: { Allow: methods } })
  }
}

/**
 * Returns the refusal for an error. An error that Express or its body parsers throw about a request gets a code, and a
 * text from this file, because their own texts quote the input. Any other error becomes `internal_error`, without
 * details.
 */
export function refusalOf(error: unknown): Refusal {
  if (isRefusal(error)) return error
  if (isRequestFault(error)) {
    const { status, type, name } = error
    const fault = type ?? name
    const detail = Object.hasOwn(DETAILS, fault) ? DETAILS[fault] : undefined
    return new Problem(CODES[status] ?? 'invalid_request', { detail, reason: fault })
  }
  return new Problem('internal_error', {
    detail: 'This is an error of the service. The log of the service has it under the request ID.',
  })
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

/** `expose` marks an error of `http-errors`. A status is not enough: an AxiosError has the status of another service. */
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

/** The keys are the `type` of an error of body-parser, or the name of the error if it has no `type`. */
const DETAILS: Partial<Record<string, string>> = {
  'charset.unsupported': 'Send the body as UTF-8.',
  'encoding.unsupported': 'Send the body without Content-Encoding.',
  'entity.parse.failed': 'The body is not valid JSON.',
  'parameters.too.many': 'The form has too many fields.',
  'querystring.parse.rangeError': 'The form is nested too deeply.',
  'request.aborted': 'The body ended too early.',
  'request.size.invalid': 'The body is not as long as its Content-Length says.',
  URIError: 'The path contains a percent sign that does not begin a valid UTF-8 character.',
}
