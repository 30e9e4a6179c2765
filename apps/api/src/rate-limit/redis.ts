import { createClient } from '@redis/client'
import type { Log } from '@signet/service'

/** Milliseconds that Redis may take to answer before memory counts in its place. */
const REDIS_TIMEOUT = 500

/** Commands that may wait for Redis: when it is silent, what comes beyond them need not wait at all. */
const REDIS_QUEUE = 1000

/**
 * The one command that the limiters use. Without an offline queue it fails at once while Redis is away; one that has
 * been written would be waited for without end, since the client's own time limit is for its queue only.
 */
export function connectRedis(url: string, log: Log) {
  // Said here, since NODE_TLS_REJECT_UNAUTHORIZED=0 would change the default: the password would go to any server.
  const socket = url.startsWith('rediss:') ? ({ tls: true, rejectUnauthorized: true } as const) : {}
  const client = createClient({ url, socket, disableOfflineQueue: true, commandsQueueMaxLength: REDIS_QUEUE })
  let isAway = false
  client.on('error', away)
  client.connect().catch(away)
  return { eval: evaluate, close: () => client.destroy() }

  async function evaluate(...command: Parameters<typeof client.eval>) {
    try {
      const answer = await within(REDIS_TIMEOUT, client.eval(...command))
      if (isAway) log.info('Redis is back')
      isAway = false
      return answer
    } catch (error) {
      away(error as Error)
      throw error
    }
  }

  function away(error: Error): void {
    if (!isAway) log.warn({ err: error }, 'Redis is away: each process counts rate limits for itself')
    isAway = true
  }
}

async function within<T>(milliseconds: number, answer: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('Redis does not answer')), milliseconds)
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
