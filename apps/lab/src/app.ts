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
import { openCatalogue } from './catalogue.ts'
import type { Addresses } from './home-view.ts'
import type { Laboratory } from './laboratory.ts'
import { routes } from './routes.ts'
import { site } from './site.ts'

/** The Express app of the lab. It does not listen yet. */
export function createApp({
  laboratory,
  addresses,
  readiness,
  log,
  publicHosts,
  links = [],
}: Parts): Express {
  const app = express()

  app.use(securityHeaders())
  app.use(health({ readiness, log }))
  app.use(logRequests(log))
  app.get('/assets/lab.css', (_request, response) => response.sendFile('lab.css', STYLE))
  app.use('/assets', assets())
  app.use(refuseOtherHosts(publicHosts))
  app.use(linkToSites(links))
  app.use(refuseCrossSite())

  app.use(routes({ catalogue: openCatalogue(), laboratory, addresses }))

  app.use(notFound())
  app.use(failurePages({ site, log }), sendProblems({ log }))
  return app
}

type Parts = {
  laboratory: Laboratory
  addresses: Addresses
  readiness: Readiness
  log: Log
  publicHosts?: readonly string[]
  links?: readonly SiteLink[]
}

const STYLE = { root: `${import.meta.dirname}/../assets`, maxAge: '1h' } as const
