import { randomUUID } from 'node:crypto'
import type { Request, Response } from 'express'

declare global {
  namespace Express {
    interface Request {
      /** Names this request in the log, in problems and in the `x-request-id` of the answer. Set by `logRequests`. */
      id: string
    }
  }
}

/** Gives the request its ID, once. One that the caller sent is kept if it cannot do harm in a log or a header. */
export function identify(req: Request, res: Response): string {
  if (!req.id) {
    const sent = req.get('x-request-id') ?? ''
    req.id = /^[A-Za-z0-9_-]{1,64}$/.test(sent) ? sent : randomUUID()
    res.set('x-request-id', req.id)
  }
  return req.id
}
