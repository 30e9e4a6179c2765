import type { Request, RequestHandler } from 'express'
import type { Claims } from './claims.ts'
import { AuthError } from './errors.ts'
import { permits } from './permissions.ts'
import type { Caller, VerifyToken } from './verify.ts'

declare global {
  namespace Express {
    interface Request {
      /** Set by `authenticate`: who calls, and what its token says. */
      caller?: Caller
      claims?: Claims
    }
  }
}

/** Lets a request pass that carries one good token, and says in `req.caller` whose. Refuses with an `AuthError`. */
export function authenticate(verifyToken: VerifyToken): RequestHandler {
  return (req, _res, next) => {
    const { caller, claims } = verifyToken(tokenOf(req))
    req.caller = caller
    req.claims = claims
    next()
  }
}

/** Lets a caller pass that has the permission. Stands behind `authenticate`; without it nobody passes. */
export function requirePermission(permission: string): RequestHandler {
  return (req, _res, next) => {
    if (!permits(callerOf(req).permissions, permission))
      throw new AuthError('permission_denied', 'permission', { permission })
    next()
  }
}

/** Who calls. Throws an `AuthError` where `authenticate` has not been passed. */
export function callerOf(req: Request): Caller {
  if (!req.caller) throw new AuthError('token_missing', 'transport')
  return req.caller
}

/** Reads `headersDistinct`: elsewhere Node joins repeated headers, or drops all but the first. */
function tokenOf({ headersDistinct }: Request): string {
  const { 'x-token': own = [], authorization = [] } = headersDistinct
  const bearer = authorization.filter((value) => BEARER.test(value)).map((value) => value.replace(BEARER, ''))
  const [token, second] = [...own, ...bearer]
  if (second !== undefined || authorization.length > 1) throw new AuthError('token_ambiguous', 'transport')
  if (!token) throw new AuthError('token_missing', 'transport')
  return token
}

/** RFC 6750 §2.1; the name of a scheme has no case (RFC 9110 §11.1). */
const BEARER = /^Bearer(?: +|$)/i
