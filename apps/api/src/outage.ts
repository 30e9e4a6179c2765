import { Problem } from '@signet/service'
import type { ErrorRequestHandler } from 'express'
import { isUnavailable } from './database/error-codes.ts'

/** A database that is away is no fault of the request: 503, and the caller may try again. */
export const explainOutage: ErrorRequestHandler = (error, _req, _res, next) => {
  if (!isUnavailable(error)) return next(error)
  const detail = 'The database cannot be reached at the moment. Try again.'
  next(new Problem('unavailable', { detail, reason: `database: ${error.code}` }))
}
