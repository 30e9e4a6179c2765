import type { SiteLink } from '@signet/service'
import type { RequestHandler } from 'express'
import { pageContext } from './context.ts'

/** Lets every page below link to the other services. It is below `logRequests`, since a visit needs its request ID. */
export function linkToSites(links: readonly SiteLink[]): RequestHandler {
  return (_request, response, next) => {
    pageContext(response).links = links
    next()
  }
}
