import type { VerifyToken } from '@signet/auth'
import { authenticate } from '@signet/auth/express'
import {
  health,
  type Log,
  logRequests,
  methodNotAllowed,
  notFound,
  type Readiness,
  type SiteLink,
  sendProblems,
} from '@signet/service'
import express, { type Express } from 'express'
import { z } from 'zod'
import type { Db } from './database/db.ts'
import { explainOutage } from './database/errors.ts'
import { docs } from './docs.ts'
import { nameCaller, securityHeaders, timeAnswers } from './http/headers.ts'
import { route, serve } from './http/route.ts'
import type { Metrics } from './metrics/metrics.ts'
import { sendDescription } from './openapi.ts'
import { orders } from './orders/routes.ts'
import { bareAddress, limitFailures, limitRate } from './rate-limit/middleware.ts'
import type { RateLimitStores } from './rate-limit/stores.ts'
import { Whoami } from './schemas.ts'
import { users } from './users/routes.ts'

/** The API. Its order protects it: routes above `authenticate` are open, and everything below needs a token. */
export function createApi({
  db,
  verifyToken,
  rateLimits,
  readiness,
  log,
  metrics,
  trustProxy = false,
  links = [],
}: Parts): Express {
  const app = express()
  app.disable('etag').set('trust proxy', trustProxy)
  const trusts = app.get('trust proxy fn')
  app.set('trust proxy', (address: string, hop: number) => trusts(bareAddress(address), hop))
  const routes = [...users(db), ...orders(db), whoami]

  app.use(timeAnswers(app), securityHeaders)
  app.use(health({ readiness, log }))
  app.use(logRequests(log))
  if (metrics) app.use(metrics.countRequests)
  app.route('/openapi.json').get(sendDescription(routes, links)).all(methodNotAllowed('GET', 'HEAD'))
  app.use(docs())

  app.use(authenticate(verifyToken), nameCaller)
  app.use(limitRate(rateLimits.rate))

  app.use(serve(routes))
  app.use(notFound())

  app.use(explainOutage, limitFailures(rateLimits.failures), sendProblems({ log }))
  return app
}

/** What the token proved, and what it permits. It takes any query, because a query changes nothing about a token. */
const whoami = route(
  {
    method: 'get',
    path: '/whoami',
    tag: 'Caller',
    summary: 'Who you are to this API',
    query: z.looseObject({}),
    answer: Whoami,
  },
  (_, req, res) => res.json(req.caller),
)

type Parts = {
  db: Db
  verifyToken: VerifyToken
  rateLimits: RateLimitStores
  readiness: Readiness
  log: Log
  metrics?: Metrics | undefined
  /** The proxies whose X-Forwarded-For is believed (Express's `trust proxy`). */
  trustProxy?: string | number | false | undefined
  /** The links on the reference page. */
  links?: readonly SiteLink[]
}
