import type { Outcome } from './outcome.ts'

/** What a person wants to know, as lines of text. */
export function report(outcome: Outcome): string {
  const { sent, orders, sentAgain, refused, lost, doubled, revocation, before, during, faults } = outcome
  const rows: [string, string | number, string][] = [
    ['Requests sent', sent, `${orders} orders among them`],
    ['  sent again', sentAgain, 'when a connection was cut, an order with the same idempotency key'],
    ['Refused', refused, `before the revocation; ${revocation.refused} after it, as it should be`],
    ['Lost', lost, 'never answered, or confirmed and not in the books'],
    ['Doubled', doubled, 'one order, twice in the books'],
    ['Revocation', seconds(revocation.firstRefusal), 'from the key file gone to the first refusal'],
    ['', seconds(revocation.lastAcceptance), 'to the last request that was accepted'],
    ['p50', `${before.p50} ms`, `before, ${during.p50} ms during`],
    ['p99', `${before.p99} ms`, `before, ${during.p99} ms during`],
  ]
  const lines = rows.map(([name, value, note]) => `${name.padEnd(14)} ${String(value).padStart(8)}  ${note}`)
  const verdict = faults.length === 0 ? 'The drill is passed.' : `The drill has failed: ${faults.join('; ')}.`
  return [...lines, '', verdict].join('\n')
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`
}
