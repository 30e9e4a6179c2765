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
