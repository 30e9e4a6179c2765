import type { RequestHandler } from 'express'
import { RESPONSE } from '../fixture.ts'

/** Accepts every request as a request of app-one. `api-open.ts` puts it in place of the real `authenticate`. */
export function authenticate(): RequestHandler {
  return (req, _res, next) => {
    req.caller = RESPONSE
    next()
  }
}
