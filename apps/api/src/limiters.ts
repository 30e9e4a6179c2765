import type { Log } from '@signet/service'
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible'
import { createClient } from 'redis'

export type Limiters = {
  rate: RateLimiterAbstract
  failures: RateLimiterAbstract
  close(): void
}

/** Milliseconds that Redis may take to answer before memory counts in its place. */
const REDIS_TIMEOUT = 500

/**
 * What counts requests a minute: memory, or Redis where several processes share the limits. While Redis is away each
 * process counts for itself, and the log says so once.
 */
export function openLimiters({ rateLimit, failureLimit, redisUrl, log }: LimiterOptions): Limiters {
  const rate = { keyPrefix: 'signet:rate', points: rateLimit, duration: 60 }
  const failures = { keyPrefix: 'signet:failures', points: failureLimit, duration: 60 }
  const inMemory = { rate: new RateLimiterMemory(rate), failures: new RateLimiterMemory(failures) }
  if (!redisUrl) return { ...inMemory, close: () => {} }

  const storeClient = connect(redisUrl, log)
  return {
    rate: new RateLimiterRedis({ ...rate, storeClient, insuranceLimiter: inMemory.rate }),
    failures: new RateLimiterRedis({ ...failures, storeClient, insuranceLimiter: inMemory.failures }),
    close: () => storeClient.destroy(),
  }
}

type LimiterOptions = { rateLimit: number; failureLimit: number; redisUrl: string | undefined; log: Log }

/** Without an offline queue a command fails at once while Redis is away, and memory takes over. */
function connect(url: string, log: Log) {
  const client = createClient({ url, disableOfflineQueue: true, commandOptions: { timeout: REDIS_TIMEOUT } })
  let isAway = false
  client.on('error', (error: Error) => {
    if (!isAway) log.warn({ err: error }, 'Redis is away: each process counts rate limits for itself')
    isAway = true
  })
  client.on('ready', () => {
    if (isAway) log.info('Redis is back')
    isAway = false
  })
  client.connect().catch(() => {})
  return client
}
