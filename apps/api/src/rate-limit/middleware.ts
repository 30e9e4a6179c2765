import { isIPv4, isIPv6 } from 'node:net'
import { callerOf } from '@signet/auth/express'
import { Problem } from '@signet/service'
import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible'

/** Counts the requests of each application. It runs after `authenticate`, so that no other caller can use up the limit. */
export function limitRate(store: RateLimiterAbstract): RequestHandler {
  return async (req, res, next) => {
    const state = await consume(store, callerOf(req).appId)
    sendState(res, '"application"', store, state)
    if (!state.isAllowed) throw limited(state)
    next()
  }
}

/**
 * Counts the refused tokens of each client address, and answers 429 in place of 401 when there were too many. It is an
 * error handler, so a valid token is never counted or refused here, even if others at the same address send bad tokens.
 */
export function limitFailures(store: RateLimiterAbstract): ErrorRequestHandler {
  return async (error, req, res, next) => {
    if (error?.status !== 401) return next(error)
    // A proxy may pass on a text that is not an address. If each such text were counted, each would be a new client.
    const address = countedAddress(req.ip) ?? countedAddress(req.socket.remoteAddress) ?? 'unknown'
    const state = await consume(store, address)
    if (state.isAllowed) return next(error)
    sendState(res, '"address"', store, state)
    next(limited(state))
  }
}

type State = { isAllowed: boolean; left: number; seconds: number }

/** The store throws its state when no points are left, and an error when it cannot count. */
async function consume(store: RateLimiterAbstract, key: string): Promise<State> {
  const state = await store.consume(key).catch((thrown: unknown) => thrown)
  if (!(state instanceof RateLimiterRes)) throw state
  const isAllowed = state.consumedPoints <= store.points
  return {
    isAllowed,
    left: state.remainingPoints,
    seconds: Math.max(1, Math.ceil(state.msBeforeNext / 1000)),
  }
}

/** draft-ietf-httpapi-ratelimit-headers-10 §3, §4. */
function sendState(
  res: Response,
  policy: string,
  store: RateLimiterAbstract,
  { left, seconds }: State,
): void {
  res.set('RateLimit-Policy', `${policy};q=${store.points};w=${store.duration}`)
  res.set('RateLimit', `${policy};r=${left};t=${seconds}`)
}

function limited({ seconds }: State): Problem {
  return new Problem('rate_limited', { headers: { 'Retry-After': String(seconds) } })
}

/**
 * The address under which refused tokens are counted: an IPv4 address, or the first 64 bits of an IPv6 address, because
 * one client commonly has all addresses that begin so (RFC 6177 §2). Undefined for a text that is not an address.
 */
export function countedAddress(text = ''): string | undefined {
  const address = bareAddress(text)
  if (isIPv4(address)) return address
  if (!isIPv6(address)) return undefined
  const groups = groupsOf(address)
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff') return mappedAddress(groups.slice(6))
  return `${groups.slice(0, 4).join(':')}::/64`
}

/** Some proxies also write the client's port into X-Forwarded-For: `192.0.2.1:5678`, `[2001:db8::1]:443`. */
export function bareAddress(text: string): string {
  const [, inBrackets, beforePort] = /^(?:\[(.+)\](?::\d+)?|([\d.]+):\d+)$/.exec(text) ?? []
  return (inBrackets ?? beforePort ?? text).replace(/%.*/, '')
}

/** The eight groups of an IPv6 address, in hexadecimal without leading zeros. `URL` reads every notation. */
function groupsOf(address: string): string[] {
  const [left = [], right = []] = new URL(`http://[${address}]`).hostname
    .slice(1, -1)
    .split('::')
    .map((part) => part.split(':').filter(Boolean))
  return [...left, ...Array(8 - left.length - right.length).fill('0'), ...right]
}

/** The IPv4 address in an IPv6 one (RFC 4291 §2.5.5.2), which a server on both protocols gets for an IPv4 client. */
function mappedAddress(groups: string[]): string {
  return groups
    .map((group) => Number.parseInt(group, 16))
    .flatMap((number) => [number >> 8, number & 255])
    .join('.')
}
