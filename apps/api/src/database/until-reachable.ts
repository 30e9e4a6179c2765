import { setTimeout } from 'node:timers/promises'
import { sql } from 'kysely'
import pg from 'pg'
import { isUnavailable } from './error-codes.ts'
import { DatabaseError } from './errors.ts'
import type { Db } from './schema.ts'

const PAUSE_MILLISECONDS = 500

/**
 * Waits up to `patience` seconds for PostgreSQL, and no longer than the first refusal that waiting cannot mend, such
 * as a wrong password. `onFault` hears of each attempt that is made again.
 *
 * @returns the schema that new tables go to
 * @throws DatabaseError `database_unavailable`
 */
export async function untilReachable(db: Db, { url, patience, onFault }: Waiting): Promise<string> {
  const deadline = performance.now() + patience * 1_000
  for (;;) {
    try {
      const { rows } = await sql<{ schema: string }>`select current_schema() as schema`.execute(db)
      return rows[0]?.schema ?? 'public'
    } catch (error) {
      const cause = error instanceof DatabaseError ? error.cause : error
      const fault = unreachable(url, cause)
      const refused = cause instanceof pg.DatabaseError && !isUnavailable(cause)
      if (refused || performance.now() >= deadline) throw fault
      onFault(fault)
      await setTimeout(PAUSE_MILLISECONDS)
    }
  }
}

type Waiting = { url: URL; patience: number; onFault: (error: Error) => void }

function unreachable(url: URL, cause: unknown): DatabaseError {
  const place = `${url.host}${url.pathname}`
  return new DatabaseError(
    'database_unavailable',
    `DATABASE_URL: no connection to ${place}: ${reasonOf(cause)}`,
    { cause },
  )
}

/** A server says it in words. Node's codes say more than its words: those are empty if a name has two addresses. */
function reasonOf(cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause
  return 'code' in cause && !(cause instanceof pg.DatabaseError) ? cause.code : cause.message
}
