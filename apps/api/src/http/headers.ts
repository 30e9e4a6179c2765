import { callerOf } from '@signet/auth/express'
import type { Express, RequestHandler, Response } from 'express'
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
export function timeAnswers(app: Express): RequestHandler {
  const { writeHead } = app.response
  // Once for the app: a function on each response would drag its request into the old generation of the heap.
  app.response.writeHead = function (this: Response, ...head: Parameters<typeof writeHead>) {
    this.setHeader('Server-Timing', `api;dur=${(performance.now() - this.locals.started).toFixed(1)}`)
    return writeHead.apply(this, head)
  } as typeof writeHead
  return (_req, res, next) => {
    res.locals.started = performance.now()
    next()
  }
}
