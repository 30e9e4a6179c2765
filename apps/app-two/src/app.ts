import {
  health,
  type Log,
  logRequests,
  notFound,
  type Readiness,
  type SiteLink,
  sendProblems,
} from '@signet/service'
import {
  assets,
  failurePages,
  linkToSites,
  refuseCrossSite,
  refuseOtherHosts,
  securityHeaders,
} from '@signet/web'
import express, { type Express } from 'express'
import type { Api } from './api.ts'
import { orders, site } from './orders.ts'
import { placeOrder } from './place-order.ts'

/** Makes the application. A request passes the handlers in the order in which they stand here. */
export function createApp({ api, readiness, log, publicHosts, links = [] }: Parts): Express {
  const app = express()

  app.use(securityHeaders())
  app.use(health({ readiness, log }))
  app.use(logRequests(log))
  app.use('/assets', assets())
  app.use(refuseOtherHosts(publicHosts))
  app.use(linkToSites(links))
  app.use(refuseCrossSite())

  app.use(orders(api), placeOrder(api))

  app.use(notFound())
  app.use(failurePages({ site, log }), sendProblems({ log }))
  return app
}

type Parts = {
  api: Api
  readiness: Readiness
  log: Log
  publicHosts?: readonly string[]
  links?: readonly SiteLink[]
}
