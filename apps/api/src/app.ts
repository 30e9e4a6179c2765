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
import type { Db } from './database/schema.ts'
import { docs } from './docs.ts'
import { bareAddress } from './http/client-address.ts'
import { nameCaller, securityHeaders, timeAnswers } from './http/headers.ts'
import type { Metrics } from './metrics/metrics.ts'
import { sendDescription } from './openapi.ts'
import { orders } from './orders/routes.ts'
import { explainOutage } from './outage.ts'
import { limitFailures, limitRate } from './rate-limit/middleware.ts'
import type { Limiters } from './rate-limit/stores.ts'
import { users } from './users/routes.ts'
import { whoami } from './whoami.ts'

/** The API. Its order is its protection: what stands above `authenticate` is open, all that stands below is not. */
export function createApi({
  db,
  verifyToken,
  limiters,
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
  app.use(limitRate(limiters.rate))

  app.use(users(db))
  app.use(orders(db))
  app.route('/whoami').get(whoami).all(methodNotAllowed('GET', 'HEAD'))
  app.use(notFound())

  app.use(explainOutage, limitFailures(limiters.failures), sendProblems({ log }))
  return app
}

type Parts = {
  db: Db
  verifyToken: VerifyToken
  limiters: Limiters
  readiness: Readiness
  log: Log
  metrics?: Metrics | undefined
  /** Whose X-Forwarded-For is believed (Express's `trust proxy`). */
  trustProxy?: string | number | false | undefined
  /** What the reference page links to. */
  links?: readonly SiteLink[]
}
