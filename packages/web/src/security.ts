import { isIPv6 } from 'node:net'
import { list, Problem } from '@signet/service'
import type { Request, RequestHandler } from 'express'
import helmet from 'helmet'

/**
 * Sets the headers of every answer. Pages have no script, load nothing from other sites and cannot be put into a frame.
 * `x-powered-by` is removed.
 */
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
    // With helmet's default, `no-referrer`, a browser sends `Origin: null` with the forms of this server too (Fetch,
    // "append a request Origin header"). `refuseCrossSite` could then not tell them from the forms of another site.
    referrerPolicy: { policy: 'same-origin' },
    // On localhost, HSTS would apply to every port. The reverse proxy sets it for a real host name.
    strictTransportSecurity: false,
  })
}

/** The names that a browser on this machine uses. None of them can belong to another site. */
const LOCAL = ['localhost', '127.0.0.1', '::1']

/**
 * Refuses (421, RFC 9110 §15.5.20) a request for any other host than localhost and `publicHosts`. To a browser, a page
 * belongs to the site whose name is in its address. An attacker can make the name of a site resolve to 127.0.0.1 (DNS
 * rebinding). Without this check, that site could read these pages and post their forms. `X-Forwarded-Host` is ignored,
 * since any client can send it.
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

/** The setting PUBLIC_HOSTS: the host names or IP addresses under which pages answer, in addition to localhost. */
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

/** The name in a `Host` header, without the port and spelled as browsers spell it. Undefined if it is not valid. */
function hostNameOf(host: string): string | undefined {
  // The URL parser would also find a name in texts such as `user@name` and `name/path`.
  if (!/^[^\s/?#@\\*%]+$/.test(host) || !URL.canParse(`http://${host}`)) return undefined
  // `localhost.` is the fully qualified spelling of the same name.
  return new URL(`http://${host}`).hostname.replace(/\.$/, '') || undefined
}

function bracketed(name: string): string {
  return isIPv6(name) ? `[${name}]` : name
}

/**
 * Refuses (403) a request that a page of another site makes a visitor's browser send. There is no login to steal, but the
 * server would sign the call for that request with its own key.
 */
export function refuseCrossSite(): RequestHandler {
  return (request, _response, next) => {
    const safe = request.method === 'GET' || request.method === 'HEAD'
    next(safe || sentByOwnPage(request) ? undefined : new Problem('cross_site_request'))
  }
}

// Only the browser can set Sec-Fetch-Site (Fetch Metadata §2.3). `same-site` is refused: a site is not limited to one port,
// so the pages of app-one are same-site with those of app-two.
function sentByOwnPage({ headers }: Request): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  // Browsers send this header to trustworthy URLs only, and not over plain HTTP to another host. But they send the origin
  // with every post (Fetch §3.2). A client that sends neither header is not a browser (curl), and no page can misuse it.
  return headers.origin === undefined || isHost(headers.origin, headers.host)
}

// `Origin: null` (from a sandboxed frame, or after a redirect between sites) is not a URL, so it matches no host.
function isHost(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase()
}
