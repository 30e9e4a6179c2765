import { callerOf } from '@signet/auth/express'
import { Problem } from '@signet/service'
import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible'
import { countedAddress } from '../http/client-address.ts'

/** Counts each application's requests; stands behind `authenticate`, so that nobody spends another's share. */
export function limitRate(limiter: RateLimiterAbstract): RequestHandler {
  return async (req, res, next) => {
    const state = await consume(limiter, callerOf(req).appId)
    sendState(res, '"application"', limiter, state)
    if (!state.isAllowed) throw limited(state)
    next()
  }
}

/**
 * Counts the refused tokens of each client address, and answers 429 in place of 401 once there were too many. Stands on
 * the refusal path only: a good token never comes here, whatever its neighbours do.
 */
export function limitFailures(limiter: RateLimiterAbstract): ErrorRequestHandler {
  return async (error, req, res, next) => {
    if (error?.status !== 401) return next(error)
    // What a proxy passes on need not be an address. Counted as it is, each would be another client.
    const address = countedAddress(req.ip) ?? countedAddress(req.socket.remoteAddress) ?? 'unknown'
    const state = await consume(limiter, address)
    if (state.isAllowed) return next(error)
    sendState(res, '"address"', limiter, state)
    next(limited(state))
  }
}

type State = { isAllowed: boolean; left: number; seconds: number }

/** The limiter throws its state when there is nothing left, and an error when it cannot count. */
async function consume(limiter: RateLimiterAbstract, key: string): Promise<State> {
  const state = await limiter.consume(key).catch((thrown: unknown) => thrown)
  if (!(state instanceof RateLimiterRes)) throw state
  const isAllowed = state.consumedPoints <= limiter.points
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
  limiter: RateLimiterAbstract,
  { left, seconds }: State,
): void {
  res.set('RateLimit-Policy', `${policy};q=${limiter.points};w=${limiter.duration}`)
  res.set('RateLimit', `${policy};r=${left};t=${seconds}`)
}

function limited({ seconds }: State): Problem {
  return new Problem('rate_limited', { headers: { 'Retry-After': String(seconds) } })
}
