import type { RequestHandler } from 'express'
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
