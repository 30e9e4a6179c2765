import type { SiteLink } from '@signet/service'
import type { RequestHandler, Response } from 'express'
import type { Html } from './html.ts'
import type { Receipt } from './receipt.ts'

declare global {
  namespace Express {
    interface Locals {
      context?: PageContext
    }
  }
}

/** What the parts of one page share while it is made. */
export type PageContext = {
  /** The ID of the page's request. Its calls to the API carry the same one. */
  readonly requestId: string
  /** Of the calls made for this page, in the order in which they ended. */
  readonly receipts: Receipt[]
  /** How to try again when the API is away, where loading the page again is not the way: a form that was posted. */
  retry?: Html
  /** The other services that the page links to; none when unset. */
  links?: readonly SiteLink[]
}

/** The context of the page that `response` answers. The first call makes it. */
export function pageContext(response: Response): PageContext {
  response.locals.context ??= { requestId: response.req.id, receipts: [] }
  return response.locals.context
}

/** Lets every page below link to the other services. It is below `logRequests`, since a visit needs its request ID. */
export function linkToSites(links: readonly SiteLink[]): RequestHandler {
  return (_request, response, next) => {
    pageContext(response).links = links
    next()
  }
}
