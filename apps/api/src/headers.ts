import { callerOf } from '@signet/auth/express'
import type { RequestHandler } from 'express'
import helmet from 'helmet'

/** No HSTS: on localhost it would reach every other port. The edge sets it for a real host name. */
export const securityHeaders: RequestHandler = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  strictTransportSecurity: false,
})

/** Tells the caller whom the API took it for. What a caller was answered is for no cache (RFC 9111 §5.2.2.5). */
export const nameCaller: RequestHandler = (req, res, next) => {
  res.set({ 'x-caller': callerOf(req).name, 'Cache-Control': 'no-store' })
  next()
}

/** Milliseconds that the API took, for the receipt on the pages (W3C Server Timing). */
export const serverTiming: RequestHandler = (_req, res, next) => {
  const start = performance.now()
  const writeHead = res.writeHead
  res.writeHead = function (this: typeof res, ...head: Parameters<typeof writeHead>) {
    res.setHeader('Server-Timing', `api;dur=${(performance.now() - start).toFixed(1)}`)
    return writeHead.apply(this, head)
  } as typeof writeHead
  next()
}
