import type { ErrorRequestHandler, Request, RequestHandler } from 'express'
import type { Caller } from './applications.ts'
import type { Claims } from './claims.ts'
import { AuthError } from './errors.ts'
import { checkPermission, refusalAnswer, verifyRequest } from './request.ts'
import type { VerifyToken } from './verify.ts'

declare global {
  namespace Express {
    interface Request {
      /** Set by `authenticate`: the application that calls, and the claims of its token. */
      caller?: Caller
      claims?: Claims
    }
  }
}

/**
 * Accepts a request that carries one valid token, and sets `req.caller` and `req.claims`. Throws an `AuthError` otherwise.
 * @example app.use(authenticate(verifyToken))
 */
export function authenticate(verifyToken: VerifyToken): RequestHandler {
  return (req, _res, next) => {
    const { caller, claims } = verifyRequest(req.rawHeaders, verifyToken)
    req.caller = caller
    req.claims = claims
    next()
  }
}

/**
 * Accepts a caller that has the permission. It comes after `authenticate`; without that, every request is refused.
 * @example app.get('/reports', requirePermission('reports:read'), handler)
 */
export function requirePermission(permission: string): RequestHandler {
  return (req, _res, next) => {
    checkPermission(callerOf(req), permission)
    next()
  }
}

/**
 * Answers a refusal with `application/problem+json` (RFC 9457), and passes other errors on. Register it after the routes.
 * Express itself would answer with HTML, and would write the refusal to standard error.
 * @example app.use(authenticate(verifyToken), routes, sendRefusal)
 */
export const sendRefusal: ErrorRequestHandler = (error, _req, res, next) => {
  const answer = refusalAnswer(error)
  if (!answer || res.headersSent) return next(error)
  res.status(answer.status).set(answer.headers).send(answer.body)
}

/**
 * The application that calls. Throws an `AuthError` where `authenticate` has not run.
 * @example app.get('/whoami', (req, res) => res.json(callerOf(req)))
 */
export function callerOf(req: Request): Caller {
  if (!req.caller) throw new AuthError('token_missing', 'transport')
  return req.caller
}
