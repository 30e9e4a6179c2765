import { type Response, Router } from 'express'
import type { Log } from './log.ts'
import { Problem } from './problem.ts'
import type { Readiness } from './readiness.ts'
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
