import { type Response, Router } from 'express'
import type { Log } from './log.ts'
import { Problem } from './problem.ts'
import { methodNotAllowed, sendProblems } from './send-problems.ts'

/**
 * `/healthz`: the process answers. `/readyz`: it can do its work, or 503 with the names of the failing `checks`.
 * It sends its own problems, so that a probe gets JSON from a service of HTML pages too. Mount it above the request
 * log: probes come every few seconds.
 */
export function health({ readiness, log }: { readiness: Readiness; log: Log }): Router {
  const router = Router()
  router
    .route('/healthz')
    .get((_req, res) => answer(res, 'ok'))
    .all(methodNotAllowed('GET', 'HEAD'))
  router
    .route('/readyz')
    .get(async (_req, res) => {
      const checks = await readiness.failing()
      if (checks.length > 0) throw new Problem('unavailable', { detail: 'The service is not ready.', checks })
      answer(res, 'ready')
    })
    .all(methodNotAllowed('GET', 'HEAD'))
  router.use(sendProblems({ log }))
  return router
}

function answer(res: Response, status: string): void {
  res.set('Cache-Control', 'no-store').json({ status })
}

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
type ReadinessOptions = { checks: Record<string, ReadinessCheck>; log: Log; limit?: number }

async function within(limit: number, check: ReadinessCheck): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${limit} ms`)), limit)
  try {
    await Promise.race([check(), late])
  } finally {
    clearTimeout(timer)
  }
}
