import type { Request, RequestHandler } from 'express'
import type { Caller } from './applications.ts'
import type { Claims } from './claims.ts'
import { AuthError } from './errors.ts'
import { permits } from './permissions.ts'
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

/** Accepts a request that carries one valid token, and sets `req.caller` and `req.claims`. Throws an `AuthError` otherwise. */
export function authenticate(verifyToken: VerifyToken): RequestHandler {
  return (req, _res, next) => {
    const { caller, claims } = verifyToken(tokenOf(req))
    req.caller = caller
    req.claims = claims
    next()
  }
}

/** Accepts a caller that has the permission. It comes after `authenticate`; without that, every request is refused. */
export function requirePermission(permission: string): RequestHandler {
  return (req, _res, next) => {
    if (!permits(callerOf(req).permissions, permission))
      throw new AuthError('permission_denied', 'permission', { permission })
    next()
  }
}

/** The application that calls. Throws an `AuthError` where `authenticate` has not run. */
export function callerOf(req: Request): Caller {
  if (!req.caller) throw new AuthError('token_missing', 'transport')
  return req.caller
}

/** Reads `rawHeaders`, because `headers` joins repeated headers, or drops all but the first. */
function tokenOf({ rawHeaders }: Request): string {
  const tokens: string[] = []
  let authorizations = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] as string).toLowerCase()
    const value = rawHeaders[at + 1] as string
    if (name === 'x-token') tokens.push(value)
    if (name !== 'authorization') continue
    authorizations++
    if (BEARER.test(value)) tokens.push(value.replace(BEARER, ''))
  }
  if (tokens.length > 1 || authorizations > 1) throw new AuthError('token_ambiguous', 'transport')
  if (!tokens[0]) throw new AuthError('token_missing', 'transport')
  return tokens[0]
}

/** RFC 6750 §2.1. The name of a scheme is case-insensitive (RFC 9110 §11.1). */
const BEARER = /^Bearer(?: +|$)/i
