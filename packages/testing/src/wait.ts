import { setTimeout } from 'node:timers/promises'
import type { Answer } from './http.ts'

/**
 * For `vi.waitFor` and `vi.waitUntil`: how long a test waits for a condition, in milliseconds. The timeout only ends a
 * test that would hang. It is no measure of speed: a busy machine may be ten times slower than a quiet one.
 */
export const WITHIN = { timeout: 60_000, interval: 50 }

/** Repeats a request until the answer has this status. Throws with the last answer after {@link WITHIN}. */
export async function until(status: number, ask: () => Promise<Answer>): Promise<Answer> {
  const end = Date.now() + WITHIN.timeout
  for (;;) {
    const answer = await ask()
    if (answer.status === status) return answer
    if (Date.now() > end)
      throw new Error(`still ${answer.status}, not ${status}: ${JSON.stringify(answer.body)}`)
    await setTimeout(WITHIN.interval)
  }
}
