import { AuthError, type AuthErrorCode, type Check } from './errors.ts'

/** Seconds: the longest lifetime of a token, and the accepted difference between two clocks. */
export const MAXIMUM_LIFETIME = 300
export const LEEWAY = 5

/** The claims that are checked (RFC 7519 §4.1; `scope` RFC 8693 §4.2). Times in seconds since 1970. */
export type Claims = Readonly<{
  appId: string
  iat: number
  exp: number
  nbf?: number
  iss?: string
  aud?: string | readonly string[]
  scope?: string
  jti?: unknown
}>

/** What a service requires of a token. `now` in seconds, unrounded. */
export type Policy = Readonly<{ now: number; audiences: readonly string[]; requireAudience: boolean }>

/** Checks the types of the claims. Throws {@link AuthError} `token_malformed`. */
export function readClaims(claims: Record<string, unknown>): Claims {
  for (const [name, isRight] of TYPES) {
    if (!isRight(claims[name]))
      throw new AuthError('token_malformed', 'claims', { reason: `${name} is missing or of a wrong type` })
  }
  return Object.freeze(claims) as Claims
}

/** Checks the values of the claims in the order of the table below. Throws {@link AuthError} for the first fault. */
export function checkClaims(claims: Claims, policy: Policy): void {
  for (const [check, code, holds] of CHECKS) {
    if (!holds(claims, policy)) throw new AuthError(code, check)
  }
}

const TYPES: readonly [name: keyof Claims, isRight: (value: unknown) => boolean][] = [
  ['appId', isString],
  ['iat', isTime],
  ['exp', isTime],
  ['nbf', optional(isTime)],
  ['iss', optional(isString)],
  ['aud', optional(isAudience)],
  ['scope', optional(isString)],
]

const CHECKS: readonly [Check, AuthErrorCode, (claims: Claims, policy: Policy) => boolean][] = [
  ['times', 'token_expired', ({ exp }, { now }) => now < exp + LEEWAY],
  ['times', 'token_not_yet_valid', ({ nbf = 0 }, { now }) => nbf <= now + LEEWAY],
  ['times', 'token_issued_in_future', ({ iat }, { now }) => iat <= now + LEEWAY],
  ['lifetime', 'token_malformed', ({ iat, exp }) => exp > iat],
  ['lifetime', 'token_lifetime_too_long', ({ iat, exp }) => exp - iat <= MAXIMUM_LIFETIME],
  ['issuer', 'issuer_mismatch', ({ iss, appId }) => iss === undefined || iss === appId],
  ['audience', 'audience_missing', ({ aud }, { requireAudience }) => aud !== undefined || !requireAudience],
  ['audience', 'audience_mismatch', ({ aud }, { audiences }) => aud === undefined || isFor(aud, audiences)],
]

function isString(value: unknown): boolean {
  return typeof value === 'string'
}

function isTime(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) >= 0
}

function isAudience(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 && value.every(isString) : isString(value) && value !== ''
}

/** Only undefined means absent: null, false and 0 are claims of a wrong type. */
function optional(isRight: (value: unknown) => boolean): (value: unknown) => boolean {
  return (value) => value === undefined || isRight(value)
}

function isFor(aud: string | readonly string[], audiences: readonly string[]): boolean {
  return typeof aud === 'string'
    ? audiences.includes(aud)
    : aud.some((audience) => audiences.includes(audience))
}
