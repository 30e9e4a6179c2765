import { CHECKS, type Check } from '@signet/auth'

/** How far a request came. `not asked`: the route wants no permission. */
export type Step = Readonly<{ check: Check; outcome: 'passed' | 'stopped' | 'not reached' | 'not asked' }>

/** Every check in the order of the middleware, for a request that `stopped` at one, or came before none or through all. */
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

/** What each check asks, for somebody who sees it for the first time. */
export const CHECK_TEXTS: Readonly<Record<Check, string>> = {
  transport: 'Is there one token, in x-token or as Bearer?',
  shape: 'Three parts of canonical base64url, two of them JSON objects?',
  algorithm: 'Does alg say RS512, and nothing else?',
  critical: 'Is crit absent?',
  type: 'Is typ JWT, and kid a text, if they are there?',
  claims: 'Are the claims all there that must be, and of their types?',
  times: 'Not expired, not from the future?',
  lifetime: 'Does it live for five minutes at most?',
  issuer: 'Is iss the application itself?',
  audience: 'Does aud name this API?',
  application: 'Is the application on the application registry, and not revoked?',
  key: 'Is there a key of this application with that kid?',
  signature: 'Does that key verify the signature?',
  permission: 'May this application do what it asks for?',
}
