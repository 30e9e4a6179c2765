import type { Received } from './target.ts'

/**
 * Milliseconds by which the API's clock is ahead of ours, known to about a second (RFC 9110 §6.6.1: Date has no
 * fractions). No difference where none can be told.
 */
export function clockDifference({ date, sentAt, receivedAt }: Received): number {
  const second = Date.parse(date ?? '')
  if (Number.isNaN(second)) return 0
  const least = second - receivedAt
  const most = second + 999 - sentAt
  return least <= 0 && most >= 0 ? 0 : (least + most) / 2
}
