import { setTimeout } from 'node:timers/promises'
import { WITHIN } from '@signet/testing/within'
import type { Answer } from './client.ts'

/** Asks again until the answer has this status. Throws with the last answer when that takes too long. */
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
