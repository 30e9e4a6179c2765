import type { RequestHandler } from 'express'
import { ANSWER } from './answer.ts'

/** Takes every request for app-one's. */
export function authenticate(): RequestHandler {
  return (req, _res, next) => {
    req.caller = ANSWER
    next()
  }
}
