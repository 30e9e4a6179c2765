import type { Report, Result } from './run-probes.ts'
import { answerText } from './table.ts'

/** How many of each kind went as they should, what differs, and where to look first. */
export function summaryOf({ results, clockDifference }: Report): string {
  const tried = results.filter(({ verdict }) => verdict !== 'skipped')
  const wrong = tried.filter(({ verdict }) => verdict === 'wrong')
  const lines = [
    tally(tried, 'attack', 'attacks were refused as they should be'),
    tally(tried, 'accepted', 'valid requests were accepted'),
  ]
  if (tried.length < results.length)
    lines.push(`${results.length - tried.length} were skipped, for want of what they need (see --other-key)`)
  if (clockDifference !== 0)
    lines.push(
      `The API's clock differs from this one by ${(clockDifference / 1000).toFixed(1)} s; times allow for it`,
    )
  if (isDeaf(tried))
    lines.push('Nothing was accepted: does the API know this application, its key and the audience?')
  if (wrong.length > 0) lines.push('', 'What differs:', ...wrong.map(differenceOf))
  return lines.join('\n')
}

function tally(tried: readonly Result[], kind: Result['kind'], words: string): string {
  const ofKind = tried.filter((result) => result.kind === kind)
  return `${ofKind.filter(({ verdict }) => verdict === 'right').length} of ${ofKind.length} ${words}`
}

function isDeaf(tried: readonly Result[]): boolean {
  const accepted = tried.filter(({ kind }) => kind === 'accepted')
  return accepted.length > 0 && accepted.every(({ verdict }) => verdict === 'wrong')
}

function differenceOf({ name, why, expect, answer, fault }: Result): string {
  const got = answer ? `${answerText(answer)}: ${fault}` : `no answer: ${fault}`
  return `  ${name}\n    ${why}\n    expected ${answerText(expect)}, got ${got}`
}
