import { setTimeout } from 'node:timers/promises'
import type { Answer } from './client.ts'

/** Milliseconds. A change on disk is seen within a second; a loaded machine may need more. */
const LIMIT = 25_000

/** Asks again until the answer has this status. Throws with the last answer when that takes too long. */
export async function until(status: number, ask: () => Promise<Answer>): Promise<Answer> {
  const end = Date.now() + LIMIT
  for (;;) {
    const answer = await ask()
    if (answer.status === status) return answer
    if (Date.now() > end)
      throw new Error(`still ${answer.status}, not ${status}: ${JSON.stringify(answer.body)}`)
    await setTimeout(10)
  }
}
