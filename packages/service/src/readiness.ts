import type { Log } from './log.ts'

/** Resolves when what the service needs is there, throws otherwise. */
export type ReadinessCheck = () => unknown

/**
 * Whether a service can do its work: `failing()` names the checks that say no, `drain()` makes it not ready for good.
 * Each check may take `limit` milliseconds. Why one fails goes to the log, once for each change.
 */
export function createReadiness({ checks, log, limit = 2000 }: ReadinessOptions): Readiness {
  const failed = new Set<string>()
  let draining = false
  let running: Promise<string[]> | undefined

  return {
    drain: () => {
      draining = true
    },
    // Parallel probes share one run: the route is open, so a flood of it must not reach the database.
    failing: async () => {
      if (draining) return ['draining']
      running ??= runAll().finally(() => {
        running = undefined
      })
      return running
    },
  }

  async function runAll(): Promise<string[]> {
    await Promise.all(Object.entries(checks).map(([name, check]) => runOne(name, check)))
    return [...failed].sort()
  }

  async function runOne(name: string, check: ReadinessCheck): Promise<void> {
    try {
      await within(limit, check)
      if (failed.delete(name)) log.info({ check: name }, 'ready again')
    } catch (error) {
      if (!failed.has(name)) log.error({ check: name, err: error }, 'not ready')
      failed.add(name)
    }
  }
}

export type Readiness = { failing(): Promise<string[]>; drain(): void }
export type ReadinessOptions = { checks: Record<string, ReadinessCheck>; log: Log; limit?: number }

async function within(limit: number, check: ReadinessCheck): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${limit} ms`)), limit)
  try {
    await Promise.race([check(), late])
  } finally {
    clearTimeout(timer)
  }
}
