import type { VerifyToken } from '@signet/auth'
import { authenticate, callerOf } from '@signet/auth/express'
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
import type { RequestHandler } from 'express'
import express, { type Express } from 'express'
import type { Db } from './database/db.ts'
import { explainOutage } from './database/errors.ts'
import { docs } from './docs.ts'
import { nameCaller, securityHeaders, timeAnswers } from './http/headers.ts'
import type { Metrics } from './metrics/metrics.ts'
import { sendDescription } from './openapi.ts'
import { orders } from './orders/routes.ts'
import { bareAddress, limitFailures, limitRate } from './rate-limit/middleware.ts'
import type { RateLimitStores } from './rate-limit/stores.ts'
import { users } from './users/routes.ts'

/** The API. Its order is its protection: what stands above `authenticate` is open, all that stands below is not. */
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

  app.use(timeAnswers(app), securityHeaders)
  app.use(health({ readiness, log }))
  app.use(logRequests(log))
  if (metrics) app.use(metrics.countRequests)
  app.route('/openapi.json').get(sendDescription(links)).all(methodNotAllowed('GET', 'HEAD'))
  app.use(docs())

  app.use(authenticate(verifyToken), nameCaller)
  app.use(limitRate(rateLimits.rate))

  app.use(users(db))
  app.use(orders(db))
  app.route('/whoami').get(whoami).all(methodNotAllowed('GET', 'HEAD'))
  app.use(notFound())

  app.use(explainOutage, limitFailures(rateLimits.failures), sendProblems({ log }))
  return app
}

type Parts = {
  db: Db
  verifyToken: VerifyToken
  rateLimits: RateLimitStores
  readiness: Readiness
  log: Log
  metrics?: Metrics | undefined
  /** Whose X-Forwarded-For is believed (Express's `trust proxy`). */
  trustProxy?: string | number | false | undefined
  /** What the reference page links to. */
  links?: readonly SiteLink[]
}

/** Answers `{ appId, name, permissions, keyId }`: what the token proved, and what it permits. */
const whoami: RequestHandler = (req, res) => {
  res.json(callerOf(req))
}
