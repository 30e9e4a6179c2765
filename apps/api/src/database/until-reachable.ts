import { setTimeout } from 'node:timers/promises'
import { sql } from 'kysely'
import pg from 'pg'
import { isUnavailable } from './error-codes.ts'
import { DatabaseError } from './errors.ts'
import { FOLDING } from './lower.ts'
import { reasonOf } from './postgres-pool.ts'
import type { Db } from './schema.ts'

const PAUSE_MILLISECONDS = 500

/**
 * Waits up to `patience` seconds for PostgreSQL, and no longer than the first refusal that waiting cannot fix, such
 * as a wrong password. `onFault` is called with the error of each attempt that is made again.
 *
 * @returns the schema that new tables go to, the encoding of the database, and whether it has the collation `FOLDING`
 * @throws DatabaseError `database_unavailable`
 */
export async function untilReachable(db: Db, { name, at, patience, onFault }: Waiting): Promise<Reached> {
  const deadline = performance.now() + patience * 1_000
  for (;;) {
    try {
      const { rows } = await sql<Partial<Reached>>`
        select current_schema() as schema, current_setting('server_encoding') as encoding,
        exists (select from pg_collation where collname = ${FOLDING}) as folds`.execute(db)
      return {
        schema: rows[0]?.schema ?? 'public',
        encoding: rows[0]?.encoding ?? '',
        folds: rows[0]?.folds ?? false,
      }
    } catch (error) {
      const cause = error instanceof DatabaseError ? error.cause : error
      const fault = new DatabaseError(
        'database_unavailable',
        `${name}: no connection to ${at}: ${reasonOf(cause)}`,
        { cause },
      )
      const refused = cause instanceof pg.DatabaseError && !isUnavailable(cause)
      if (refused || performance.now() >= deadline) throw fault
      onFault(fault)
      await setTimeout(PAUSE_MILLISECONDS)
    }
  }
}

type Waiting = { name: string; at: string; patience: number; onFault: (error: Error) => void }
type Reached = { schema: string; encoding: string; folds: boolean }
