import { isIPv6 } from 'node:net'
import { list, Problem } from '@signet/service'
import type { RequestHandler } from 'express'

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
