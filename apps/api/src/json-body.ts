import { isUtf8 } from 'node:buffer'
import { Problem } from '@signet/service'
import express, { type RequestHandler } from 'express'

/** Bytes. An order is far smaller. */
const LIMIT = 16 * 1024

/**
 * Reads a JSON body. Stands behind authentication and permission, so that nobody else makes us parse; and does not
 * inflate, so that a small body cannot become a large one.
 */
export const readJson: RequestHandler[] = [
  (req, _res, next) => {
    if (!req.is('application/json'))
      throw new Problem('unsupported_media_type', { detail: 'Send the order as application/json.' })
    // The parser would first wait for all of it.
    if (Number(req.get('content-length')) > LIMIT) throw new Problem('body_too_large')
    next()
  },
  express.json({ limit: LIMIT, inflate: false, strict: false, verify: refuseOtherBytes }),
]

/** RFC 8259 §8.1: JSON is UTF-8. The parser would put U+FFFD in the place of what is not. */
function refuseOtherBytes(_req: unknown, _res: unknown, body: Buffer): void {
  if (!isUtf8(body)) throw Object.assign(new Error('The body is not UTF-8'), { type: 'charset.unsupported' })
}
