import pg from 'pg'
import { DatabaseError } from './errors.ts'

/**
 * SQLSTATE classes (PostgreSQL manual, appendix A) that pass by themselves: 08 connection, 40 rolled back,
 * 53 resources, 57 operator and timeouts, 58 system; 25006 a server that is read-only after a failover, 55P03 a lock.
 */
const PASSING_SQLSTATE = /^(08|40|53|57|58|25006|55P03)/

/** Primary result codes (https://sqlite.org/rescode.html): BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN, PROTOCOL. */
const PASSING_SQLITE = new Set([5, 6, 8, 10, 13, 14, 15])

/** Whether the fault is the database's and not the request's, so that the same request may succeed later (503). */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseError) return error.code === 'database_unavailable'
  if (error instanceof pg.DatabaseError) return PASSING_SQLSTATE.test(error.code ?? '')
  return PASSING_SQLITE.has(sqliteCode(error) & 0xff)
}

/** Whether a row names another row that does not exist: SQLITE_CONSTRAINT_FOREIGNKEY or SQLSTATE 23503. */
export function isForeignKeyViolation(error: unknown): boolean {
  return error instanceof pg.DatabaseError ? error.code === '23503' : sqliteCode(error) === 787
}

/** Whether another connection holds a lock that this statement needs: SQLITE_BUSY or SQLITE_LOCKED. */
export function isLocked(error: unknown): boolean {
  return [5, 6].includes(sqliteCode(error) & 0xff)
}

/** The extended result code of an error of node:sqlite, else 0 (SQLITE_OK). */
function sqliteCode(error: unknown): number {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0
}
