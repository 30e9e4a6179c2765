import { randomUUID } from 'node:crypto'
import type { Request, RequestHandler, Response } from 'express'
import type { Log } from './log.ts'
import { type Trace, traceOf } from './trace.ts'

declare global {
  namespace Express {
    interface Request {
      /** Identifies this request in the log, in problems and in the `x-request-id` header of the answer. */
      id: string
      /** The trace to which this request and its calls belong. */
      trace: Trace
    }
  }
}

/**
 * Gives each request an ID and writes one log line when the request is over. The line has the pattern of the route and
 * not the URL, because a query string may contain secrets. Routers must declare whole paths: after an error, Express
 * no longer knows the path under which the router was mounted.
 */
export function logRequests(log: Log): RequestHandler {
  return (req, res, next) => {
    const started = performance.now()
    identify(req, res)
    // Read now, because a connection that is lost has no address any more.
    const client = req.ip
    res.once('close', () => {
      const status = statusOf(res)
      const milliseconds = Math.round((performance.now() - started) * 10) / 10
      const level = status >= 500 ? 'warn' : 'info'
      log[level]({ ...describeRequest(req, res), client, status, milliseconds }, 'request')
    })
    next()
  }
}

/**
 * The status of an answer that is over. 499 if the connection ended before the answer was complete: that is not an HTTP
 * status; nginx logs the same number.
 */
export function statusOf(res: Response): number {
  return res.writableFinished ? res.statusCode : 499
}

function describeRequest(req: Request & Authenticated, res: Response) {
  return {
    requestId: req.id,
    traceId: req.trace.id,
    caller: req.caller?.name,
    appId: req.caller?.appId,
    keyId: req.caller?.keyId,
    jti: req.claims?.jti,
    method: req.method,
    route: req.route && req.baseUrl + req.route.path,
    ...res.locals.refusal,
  }
}

/** The properties that an authenticating middleware sets on a request. */
type Authenticated = {
  caller?: { name: string; appId: string; keyId: string }
  claims?: { jti?: unknown }
}

/**
 * Gives the request its ID and its trace, unless it already has them. An ID that the caller sent is kept if it consists only of
 * characters that are harmless in a log and in a header.
 */
export function identify(req: Request, res: Response): string {
  if (!req.id) {
    const sent = req.get('x-request-id') ?? ''
    req.id = /^[A-Za-z0-9_-]{1,64}$/.test(sent) ? sent : randomUUID()
    req.trace = traceOf(req.get('traceparent'))
    res.set('x-request-id', req.id)
  }
  return req.id
}
