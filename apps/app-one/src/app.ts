import { health, type Log, logRequests, notFound, type Readiness, sendProblems } from '@signet/service'
import { assets, failurePages, refuseCrossSite, securityHeaders } from '@signet/web'
import express, { type Express } from 'express'
import type { Api } from './api.ts'
import { people } from './people.ts'
import { site } from './site.ts'

/** The whole application, in the order in which a request meets it. It does not listen yet. */
export function createApp({ api, readiness, log }: { api: Api; readiness: Readiness; log: Log }): Express {
  const app = express()

  app.use(securityHeaders())
  app.use(health({ readiness, log }))
  app.use(logRequests(log))
  app.use('/assets', assets())
  app.use(refuseCrossSite())

  app.use(people(api))

  app.use(notFound())
  app.use(failurePages({ site, log }), sendProblems({ log }))
  return app
}
