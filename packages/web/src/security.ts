import { isIPv6 } from 'node:net'
import { list, Problem } from '@signet/service'
import type { Request, RequestHandler } from 'express'
import helmet from 'helmet'

/** The headers of every answer: no script at all, nothing from elsewhere, in nobody's frame, no `x-powered-by`. */
export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        // Pico draws its icons from data URLs.
        imgSrc: ["'self'", 'data:'],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    xFrameOptions: { action: 'deny' },
    // With helmet's `no-referrer` a browser sends `Origin: null` on our own form too (Fetch, "append a request Origin
    // header"), and the guard against cross-site posts could not tell it from a stranger's.
    referrerPolicy: { policy: 'same-origin' },
    // On localhost HSTS would reach every port. The edge sets it, for a real host name.
    strictTransportSecurity: false,
  })
}

/** A browser on this machine uses these names, and none of them can belong to another site. */
const LOCAL = ['localhost', '127.0.0.1', '::1']

/**
 * Refuses (421, RFC 9110 §15.5.20) a request for any other host than localhost and `publicHosts`. To a browser, a page
 * belongs to the site whose name is in its address. Without this check, a site whose name is made to resolve to
 * 127.0.0.1 (DNS rebinding) could read these pages and post their forms. `X-Forwarded-Host` is not looked at, since
 * any client can send it.
 */
export function refuseOtherHosts(publicHosts: readonly string[] = []): RequestHandler {
  const allowed = new Set([...LOCAL, ...publicHosts].map((name) => hostNameOf(bracketed(name))))
  return ({ headers: { host = '' } }, _response, next) => {
    const name = hostNameOf(host)
    if (name !== undefined && allowed.has(name)) next()
    else next(new Problem('host_not_allowed', { detail: DETAIL, reason: `Host: ${host || 'none'}` }))
  }
}

const DETAIL = 'This server has no pages under this host name. If the name is right, add it to PUBLIC_HOSTS.'

/** The setting PUBLIC_HOSTS: names or IP addresses under which pages answer, beside localhost. */
export const hostNames = list.transform((names, context) => {
  const fault = names.map(faultOf).find((fault) => fault !== undefined)
  if (fault) context.addIssue(fault)
  return names
})

function faultOf(name: string): string | undefined {
  if (name.includes('/'))
    return 'must be host names such as people.example.com: leave out https:// and the path'
  if (/:\d*$/.test(name) && !isIPv6(name))
    return 'must be host names without a port: a name is allowed on every port'
  if (hostNameOf(bracketed(name)) === undefined)
    return 'must be host names such as people.example.com, or IP addresses, separated by commas, without wildcards'
  return undefined
}

/** The name in a `Host` header without its port, spelled as browsers do; undefined where there is no valid name. */
function hostNameOf(host: string): string | undefined {
  // The URL parser would also find a name in `user@name`, `name/path` and the like.
  if (!/^[^\s/?#@\\*%]+$/.test(host) || !URL.canParse(`http://${host}`)) return undefined
  // `localhost.` is the fully qualified spelling of the same name.
  return new URL(`http://${host}`).hostname.replace(/\.$/, '') || undefined
}

function bracketed(name: string): string {
  return isIPv6(name) ? `[${name}]` : name
}

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
