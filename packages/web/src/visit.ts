import type { SiteLink } from '@signet/service'
import type { Response } from 'express'
import type { Html } from './html.ts'
import type { Receipt } from './receipt.ts'

/** One visit to a page. */
export type Visit = {
  /** Travels on to the API. */
  readonly requestId: string
  /** Of the calls made for this visit, in the order in which they ended. */
  readonly receipts: Receipt[]
  /** How to try again when the API is away, where loading the page anew is not the way: a form that was posted. */
  retry?: Html
  /** Where else one may go from here; none when unset. */
  links?: readonly SiteLink[]
}

/** The visit that `response` answers; the first to ask begins it. */
export function visitOf(response: Response): Visit {
  const visit: Visit = response.locals.visit ?? { requestId: response.req.id, receipts: [] }
  response.locals.visit = visit
  return visit
}
