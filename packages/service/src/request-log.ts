import { randomUUID } from 'node:crypto'
import type { Request, RequestHandler, Response } from 'express'
import type { Log } from './log.ts'

/**
 * Gives each request an ID and writes one line when it is over. The URL is not logged, since a query may hold what
 * nobody should read: the route's pattern is. A pattern is only whole when a router declares whole paths, as Express
 * forgets the mount path of a router that an error has left.
 */
export function logRequests(log: Log): RequestHandler {
  return (req, res, next) => {
    const started = performance.now()
    identify(req, res)
    res.once('close', () => {
      const status = res.writableFinished ? res.statusCode : CUT_OFF
      const milliseconds = Math.round((performance.now() - started) * 10) / 10
      const level = status >= 500 ? 'warn' : 'info'
      log[level]({ ...describeRequest(req, res), status, milliseconds }, 'request')
    })
    next()
  }
}

/** The connection ended before the answer did. Not an HTTP status; the number is nginx's. */
const CUT_OFF = 499

function describeRequest(req: Request & Authenticated, res: Response) {
  return {
    requestId: req.id,
    caller: req.caller?.name,
    appId: req.caller?.appId,
    keyId: req.caller?.keyId,
    jti: req.claims?.jti,
    method: req.method,
    route: req.route && req.baseUrl + req.route.path,
    ...res.locals.refusal,
  }
}

/** What an authenticating middleware leaves on a request. */
type Authenticated = {
  caller?: { name: string; appId: string; keyId: string }
  claims?: { jti?: unknown }
}

declare global {
  namespace Express {
    interface Request {
      /** Names this request in the log, in problems and in the `x-request-id` of the answer. Set by `logRequests`. */
      id: string
    }
  }
}

/** Gives the request its ID, once. One that the caller sent is kept if it cannot do harm in a log or a header. */
export function identify(req: Request, res: Response): string {
  if (!req.id) {
    const sent = req.get('x-request-id') ?? ''
    req.id = /^[A-Za-z0-9_-]{1,64}$/.test(sent) ? sent : randomUUID()
    res.set('x-request-id', req.id)
  }
  return req.id
}
