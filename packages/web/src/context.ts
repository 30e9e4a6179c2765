import type { SiteLink, Trace } from '@signet/service'
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

/** What the parts of one page share while the page is made. */
export type PageContext = {
  /** The ID of the page's request. Its calls to the API carry the same ID. */
  readonly requestId: string
  /** The trace of the page's request. Its calls to the API continue it. */
  readonly trace: Trace
  /** The receipts of the calls that were made for this page, in the order in which the calls ended. */
  readonly receipts: Receipt[]
  /** What a failure page shows instead of a reload. A form that was posted is sent again in this way. */
  retry?: Html
  /** The services that the page links to. The page has no such links when this is not set. */
  links?: readonly SiteLink[]
}

/** The context of the page that `response` sends. The first call for a response makes the context. */
export function pageContext(response: Response): PageContext {
  response.locals.context ??= { requestId: response.req.id, trace: response.req.trace, receipts: [] }
  return response.locals.context
}

/** Makes every page link to these services. It must run after `logRequests`, which sets the request ID. */
export function linkToSites(links: readonly SiteLink[]): RequestHandler {
  return (_request, response, next) => {
    pageContext(response).links = links
    next()
  }
}
