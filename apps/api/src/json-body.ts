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
    next()
  },
  express.json({ limit: LIMIT, inflate: false, strict: false }),
]
