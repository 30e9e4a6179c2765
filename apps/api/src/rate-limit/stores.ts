import type { Log } from '@signet/service'
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible'

export type Limiters = {
  rate: RateLimiterAbstract
  failures: RateLimiterAbstract
  close(): void
}

/**
 * What counts requests a minute: memory, or Redis where several processes share the limits. While Redis is away each
 * process counts for itself, and the log says so once.
 */
export async function openLimiters({
  rateLimit,
  failureLimit,
  redisUrl,
  log,
}: LimiterOptions): Promise<Limiters> {
  const rate = { keyPrefix: 'signet:rate', points: rateLimit, duration: 60 }
  const failures = { keyPrefix: 'signet:failures', points: failureLimit, duration: 60 }
  const inMemory = { rate: new RateLimiterMemory(rate), failures: new RateLimiterMemory(failures) }
  if (!redisUrl) return { ...inMemory, close: () => {} }

  // Loaded only where it is used: it is a third of all modules.
  const { connectRedis } = await import('./redis.ts')
  const { close, ...storeClient } = connectRedis(redisUrl, log)
  // Unless it is told, the limiter takes the client for one of another package, fails and counts in memory for ever.
  const redis = { storeClient, useRedisPackage: true }
  return {
    rate: new RateLimiterRedis({ ...rate, ...redis, insuranceLimiter: inMemory.rate }),
    failures: new RateLimiterRedis({ ...failures, ...redis, insuranceLimiter: inMemory.failures }),
    close,
  }
}

type LimiterOptions = { rateLimit: number; failureLimit: number; redisUrl: string | undefined; log: Log }
