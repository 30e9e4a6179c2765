import { type Response, Router } from 'express'
import type { Log } from './log.ts'
import { Problem } from './problem.ts'
import { methodNotAllowed, sendProblems } from './send-problems.ts'

/**
 * `/healthz`: 200 while the process answers. `/readyz`: 200 if the service can do its work, otherwise 503 with the names
 * of the failing `checks`. The router sends its own problems, so that a probe also gets JSON from a service of HTML
 * pages. Mount it above the request log, because probes come every few seconds.
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

/** Resolves if what the service needs is available, throws otherwise. */
export type ReadinessCheck = () => unknown

/** `failing` returns the names of the failing checks, sorted. `drain` makes the service not ready for good. */
export type Readiness = { failing(): Promise<string[]>; drain(): void }

/**
 * Runs the checks when it is asked whether the service is ready. A check fails if it throws, or takes more than `limit`
 * milliseconds. The log says why a check fails, and when it passes again: one line for each change.
 */
export function createReadiness({ checks, log, limit = 2000 }: ReadinessOptions): Readiness {
  const failed = new Set<string>()
  let draining = false
  let running: Promise<string[]> | undefined

  return {
    drain: () => {
      draining = true
    },
    // Parallel probes share one run. The route is open, so many requests must not become many database queries.
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
      await within(limit, check())
      if (failed.delete(name)) log.info({ check: name }, 'ready again')
    } catch (error) {
      if (!failed.has(name)) log.error({ check: name, err: error }, 'not ready')
      failed.add(name)
    }
  }
}

type ReadinessOptions = { checks: Record<string, ReadinessCheck>; log: Log; limit?: number }

/** Resolves like `answer`. Rejects if there is no answer within so many milliseconds. */
export async function within<T>(milliseconds: number, answer: T | Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds)
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
