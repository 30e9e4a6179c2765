import { CHECKS, type Check } from '@signet/auth'

/** One check, and what it did with a request. `not asked`: the route requires no permission. */
export type Step = Readonly<{ check: Check; outcome: 'passed' | 'stopped' | 'not reached' | 'not asked' }>

/** What each check asks, for visitors who see it for the first time. */
export const CHECK_TEXTS: Readonly<Record<Check, string>> = {
  transport: 'Is there exactly one token, in x-token or as Bearer?',
  shape: 'Has it three parts in canonical base64url, and are header and claims JSON objects?',
  algorithm: 'Is alg RS512?',
  critical: 'Is crit absent?',
  type: 'Is typ JWT, and kid a string, if they are present?',
  claims: 'Are all required claims present, and of the right types?',
  times: 'Is it neither expired nor from the future?',
  lifetime: 'Is its lifetime five minutes at most?',
  issuer: 'Is iss the application itself?',
  audience: 'Does aud name this API?',
  application: 'Is the application in the application registry, and not revoked?',
  key: 'Has this application a key with that kid?',
  signature: 'Does that key verify the signature?',
  permission: 'Has this application the permission for the request?',
}

/**
 * All checks in the order of the middleware. `stopped`: the check that refused the request, `'before all'` if the request
 * was refused before the first check, or undefined if it was accepted.
 */
export function stepsOf(stopped: Check | 'before all' | undefined): Step[] {
  const place =
    stopped === 'before all' ? -1 : stopped === undefined ? CHECKS.length : CHECKS.indexOf(stopped)
  return CHECKS.map((check, index) => ({ check, outcome: outcomeOf(check, index, place) }))
}

function outcomeOf(check: Check, index: number, place: number): Step['outcome'] {
  if (index === place) return 'stopped'
  if (index > place) return 'not reached'
  return check === 'permission' ? 'not asked' : 'passed'
}
