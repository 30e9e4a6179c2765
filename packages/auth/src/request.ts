import { STATUS_CODES } from 'node:http'
import type { Caller } from './applications.ts'
import { AuthError } from './errors.ts'
import { permits } from './permissions.ts'
import type { VerifyToken } from './verify.ts'

/**
 * Verifies the one token that a request carries. `rawHeaders` are those of `node:http`, names and values in turn: `headers`
 * joins repeated headers, or drops all but the first. Throws {@link AuthError}.
 * @example const { caller } = verifyRequest(req.rawHeaders, verifyToken)
 */
export function verifyRequest(rawHeaders: readonly string[], verifyToken: VerifyToken) {
  return verifyToken(tokenOf(rawHeaders))
}

/**
 * Throws {@link AuthError} `permission_denied` unless the caller has the permission.
 * @example checkPermission(caller, 'reports:read')
 */
export function checkPermission({ permissions }: Caller, permission: string): void {
  if (permits(permissions, permission)) return
  throw new AuthError('permission_denied', 'permission', { permission })
}

/**
 * The answer (RFC 9457) that a refusal needs: status, headers and body. Undefined for an error that is no refusal.
 * @example const { status, headers, body } = refusalAnswer(error) ?? { status: 500 }
 */
export function refusalAnswer(error: unknown) {
  if (!(error instanceof AuthError)) return undefined
  const { status, code, message, headers, members } = error
  return {
    status,
    headers: { ...headers, 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' },
    body: JSON.stringify({ title: STATUS_CODES[status], status, code, detail: message, ...members }),
  }
}

function tokenOf(rawHeaders: readonly string[]): string {
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
