import type { PostgresPool, PostgresPoolClient } from 'kysely'
import pg from 'pg'
import { DatabaseError } from './errors.ts'

/**
 * A pool whose errors tell apart what the server answered (pg.DatabaseError, with an SQLSTATE) from a server that did
 * not answer (DatabaseError `database_unavailable`): pg's own errors for a lost connection carry no code at all.
 */
export function telltalePool(pool: pg.Pool, onFault: (error: Error) => void): PostgresPool {
  pool.on('error', onFault)
  // Nobody else listens to a connection in use, and an 'error' nobody hears ends the process. Its query fails anyway.
  pool.on('connect', (client) => client.on('error', () => {}))
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => telltaleClient(await pool.connect().catch(unavailable)),
  }
}

function telltaleClient(client: pg.PoolClient): PostgresPoolClient {
  let lost = false
  const query = async (text: string, values?: unknown[]) => {
    try {
      return await client.query(text, values)
    } catch (error) {
      if (error instanceof pg.DatabaseError) throw error
      // An answer that is late belongs to a query that was given up, so the connection must not be used again.
      lost = true
      return unavailable(error)
    }
  }
  return {
    // Kysely's other form of a query takes a cursor, for streams, which nothing here reads.
    query: query as unknown as PostgresPoolClient['query'],
    release: (destroy) => client.release(destroy || lost),
  }
}

function unavailable(cause: unknown): never {
  throw new DatabaseError('database_unavailable', 'DATABASE_URL: the connection failed', { cause })
}
