import { type Log, within } from '@signet/service'
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible'

/** Counts requests by application (`rate`), and refused tokens by client address (`failures`). */
export type RateLimitStores = {
  rate: RateLimiterAbstract
  failures: RateLimiterAbstract
  close(): void
}

/**
 * Opens the stores that count for a minute: in memory, or in Redis where several processes share the limits. While Redis
 * is unavailable each process counts for itself, and the log says so once.
 */
export async function openRateLimitStores(options: StoreOptions): Promise<RateLimitStores> {
  const { rateLimit, failureLimit, redisUrl, log } = options
  const rate = { keyPrefix: 'signet:rate', points: rateLimit, duration: 60 }
  const failures = { keyPrefix: 'signet:failures', points: failureLimit, duration: 60 }
  const inMemory = { rate: new RateLimiterMemory(rate), failures: new RateLimiterMemory(failures) }
  if (!redisUrl) return { ...inMemory, close: () => {} }

  const { close, ...storeClient } = await connectRedis(redisUrl, log)
  // Without `useRedisPackage` the limiter takes the client for one of another package: each call fails, and memory
  // counts from then on.
  const redis = { storeClient, useRedisPackage: true }
  return {
    rate: new RateLimiterRedis({ ...rate, ...redis, insuranceLimiter: inMemory.rate }),
    failures: new RateLimiterRedis({ ...failures, ...redis, insuranceLimiter: inMemory.failures }),
    close,
  }
}

type StoreOptions = { rateLimit: number; failureLimit: number; redisUrl: string | undefined; log: Log }

/** The time limit of an answer of Redis in milliseconds. After it, memory counts. */
const REDIS_TIMEOUT = 500

/** The greatest number of commands that wait for Redis. Further commands fail at once, and memory counts. */
const REDIS_QUEUE = 1000

/**
 * A client with the one command that the stores use. Without an offline queue the command fails at once while there is no
 * connection. A command that was sent has a time limit here, because the client's own limit is for its queue only.
 */
async function connectRedis(url: string, log: Log) {
  // Imported only where it is used, because it is a third of all modules.
  const { createClient } = await import('@redis/client')
  // Set explicitly: NODE_TLS_REJECT_UNAUTHORIZED=0 would change the default, and the password would go to any server.
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
