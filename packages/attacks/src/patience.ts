import type { Target } from './target.ts'

/** How often one request is tried before its 429 is taken for an answer. */
const ATTEMPTS = 3
/** Seconds, where the API does not say. */
const DEFAULT_WAIT = 60

/**
 * A target that waits when the API limits us (429), as long as `Retry-After` asks for, and then asks again: a limit
 * says nothing about a token. `wait` is called with that time, in seconds.
 */
export function withPatience(target: Target, { wait }: Patience): Target {
  return async (request) => {
    let answer = await target(request)
    for (let attempt = 1; answer.status === 429 && attempt < ATTEMPTS; attempt++) {
      await wait(secondsOf(answer.retryAfter, answer.receivedAt))
      answer = await target(request)
    }
    return answer
  }
}

export type Patience = { wait: (seconds: number) => Promise<void> }

/** RFC 9110 §10.2.3: a number of seconds, or a date. */
function secondsOf(retryAfter = '', now: number): number {
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter)
  const date = Date.parse(retryAfter)
  return Number.isNaN(date) ? DEFAULT_WAIT : Math.max(0, Math.ceil((date - now) / 1000))
}
