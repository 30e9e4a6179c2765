import { Problem } from '@signet/service'
import type { Request, RequestHandler } from 'express'

/**
 * Refuses (403) what another site's page makes a visitor's browser send. There is no login to steal, but the server
 * would sign with its own key whatever it is told to order.
 */
export function refuseCrossSite(): RequestHandler {
  return (request, _response, next) => {
    const safe = request.method === 'GET' || request.method === 'HEAD'
    next(safe || sentByOwnPage(request) ? undefined : new Problem('cross_site_request'))
  }
}

// Fetch Metadata §2.3: only the browser can set Sec-Fetch-Site. `same-site` is not enough: ports do not tell sites
// apart, so app-one's pages are same-site with app-two's.
function sentByOwnPage({ headers }: Request): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  // Browsers send it to trustworthy URLs only, not over plain HTTP to another host; but they name the origin of every
  // post (Fetch §3.2). Without either header there is no browser (curl), so nobody who could be misled.
  return headers.origin === undefined || isHost(headers.origin, headers.host)
}

// `Origin: null` (a sandboxed frame, a redirect between sites) is no URL and belongs to no host.
function isHost(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase()
}
