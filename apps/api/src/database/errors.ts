import { Problem } from '@signet/service'
import type { ErrorRequestHandler } from 'express'
import pg from 'pg'

export type DatabaseErrorCode = 'database_url_invalid' | 'database_unavailable' | 'database_unsuitable'

/**
 * The database cannot be opened or reached, or it belongs to another program. The message names DATABASE_URL and never
 * holds its password.
 */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
  readonly code: DatabaseErrorCode

  constructor(code: DatabaseErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Answers 503 when the database is unavailable, since the request has no fault and the caller may try again. */
export const explainOutage: ErrorRequestHandler = (error, _req, _res, next) => {
  if (!isUnavailable(error)) return next(error)
  const detail = 'The database cannot be reached at the moment. Try again.'
  next(new Problem('unavailable', { detail, reason: `database: ${error.code}` }))
}

/** For an error of the database while the service starts: adds the name of the setting to its message. */
export function nameDatabase(cause: unknown): unknown {
  if (cause instanceof DatabaseError || !(cause instanceof Error) || !('code' in cause)) return cause
  return new DatabaseError('database_unavailable', `DATABASE_URL: ${cause.message}`, { cause })
}

/**
 * SQLSTATE classes (PostgreSQL manual, appendix A) of temporary errors: 08 connection, 40 rolled back, 53 resources,
 * 57 operator and timeouts, 58 system; 25006 a server that is read-only after a failover, 55P03 a lock.
 */
const TEMPORARY_SQLSTATE = /^(08|40|53|57|58|25006|55P03)/

/** Primary result codes (https://sqlite.org/rescode.html): BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN, PROTOCOL. */
const TEMPORARY_SQLITE = new Set([5, 6, 8, 10, 13, 14, 15])

/** Whether the database caused the error, and not the request: the same request may succeed later (503). */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseError) return error.code === 'database_unavailable'
  if (error instanceof pg.DatabaseError) return TEMPORARY_SQLSTATE.test(error.code ?? '')
  return TEMPORARY_SQLITE.has(sqliteCode(error) & 0xff)
}

/** Whether a row refers to a row that does not exist: SQLITE_CONSTRAINT_FOREIGNKEY or SQLSTATE 23503. */
export function isForeignKeyViolation(error: unknown): boolean {
  return error instanceof pg.DatabaseError ? error.code === '23503' : sqliteCode(error) === 787
}

/** Whether another connection holds a lock that this statement needs: SQLITE_BUSY or SQLITE_LOCKED. */
export function isLocked(error: unknown): boolean {
  return [5, 6].includes(sqliteCode(error) & 0xff)
}

/** The extended result code of an error of node:sqlite, or 0 (SQLITE_OK) for any other error. */
function sqliteCode(error: unknown): number {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0
}
