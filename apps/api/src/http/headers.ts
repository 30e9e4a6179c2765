import { callerOf } from '@signet/auth/express'
import type express from 'express'
import type { RequestHandler, Response } from 'express'
import helmet from 'helmet'

/** No HSTS: on localhost it would apply to every other port. The edge sets it for a real host name. */
export const securityHeaders: RequestHandler = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  strictTransportSecurity: false,
})

/** Names the authenticated caller in the answer, and keeps the answer out of caches (RFC 9111 §5.2.2.5). */
export const nameCaller: RequestHandler = (req, res, next) => {
  res.set({ 'x-caller': callerOf(req).name, 'Cache-Control': 'no-store' })
  next()
}

declare global {
  namespace Express {
    interface Locals {
      /** When the request came, as `performance.now()` counts. */
      started?: number
    }
  }
}

/** Sends the milliseconds that the API took, which the pages show in their receipt (W3C Server Timing). */
export function timeAnswers(app: express.Express): RequestHandler {
  const { writeHead } = app.response
  // Replaced once for the app: a function on each response would move its request into the old generation of the heap.
  app.response.writeHead = function (this: Response, ...head: Parameters<typeof writeHead>) {
    const { started = performance.now() } = this.locals
    this.setHeader('Server-Timing', `api;dur=${(performance.now() - started).toFixed(1)}`)
    return writeHead.apply(this, head)
  } as typeof writeHead
  return (_req, res, next) => {
    res.locals.started = performance.now()
    next()
  }
}
