import type { PostgresPool, PostgresPoolClient } from 'kysely'
import pg from 'pg'
import { DatabaseError } from './errors.ts'
import { limitStatements } from './statement-limit.ts'

export type PoolOptions = {
  /** What the database is called in messages. */
  place: string
  onFault: (error: Error) => void
  /** Milliseconds that a statement may take, where the connection itself cannot be told so. */
  statementLimit?: number | undefined
}

/**
 * A pool whose errors tell apart what the server answered (pg.DatabaseError, with an SQLSTATE) from a server that did
 * not answer (DatabaseError `database_unavailable`): pg's own errors for a lost connection carry no code at all.
 */
export function telltalePool(pool: pg.Pool, { place, onFault, statementLimit }: PoolOptions): PostgresPool {
  pool.on('error', onFault)
  // Nobody else listens to a connection in use, and an 'error' nobody hears ends the process. Its query fails anyway.
  pool.on('connect', (client) => client.on('error', () => {}))
  const unavailable = (cause: unknown): never => {
    throw new DatabaseError('database_unavailable', `${place}: the connection failed: ${reasonOf(cause)}`, {
      cause,
    })
  }
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () =>
      telltaleClient(await pool.connect().catch(unavailable), { unavailable, statementLimit }),
  }
}

function telltaleClient(client: pg.PoolClient, { unavailable, statementLimit }: ClientOptions) {
  let lost = false
  let first: unknown
  const tell = async (text: string, values?: unknown[]) => {
    try {
      return await client.query(text, values)
    } catch (error) {
      if (error instanceof pg.DatabaseError) {
        // "current transaction is aborted" says nothing: the error before it is the reason.
        if (error.code === '25P02' && first) throw first
        first = error
        throw error
      }
      // An answer that is late belongs to a query that was given up, so the connection must not be used again.
      lost = true
      return unavailable(error)
    }
  }
  const query = statementLimit === undefined ? tell : limitStatements(tell, statementLimit)
  return {
    // Kysely's other form of a query takes a cursor, for streams, which nothing here reads.
    query: query as unknown as PostgresPoolClient['query'],
    release: (destroy?: boolean) => client.release(destroy || lost),
  }
}

type ClientOptions = { unavailable: (cause: unknown) => never; statementLimit: number | undefined }

/** A server says it in words, and so does a file. Node's codes say more than its words on a connection: those may be empty. */
export function reasonOf(cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause
  return 'code' in cause && !('path' in cause) && !(cause instanceof pg.DatabaseError)
    ? cause.code
    : cause.message
}
