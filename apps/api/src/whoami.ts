import { callerOf } from '@signet/auth/express'
import type { RequestHandler } from 'express'

/** Answers `{ appId, name, permissions, keyId }`: what the token proved, and what it permits. */
export const whoami: RequestHandler = (req, res) => {
  res.json(callerOf(req))
}
