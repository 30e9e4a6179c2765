import type { QueryResult } from 'pg'

type Query = (text: string, values?: unknown[]) => Promise<QueryResult>

/**
 * Gives each statement a time limit, for connections that do not keep one: a pooler such as PgBouncer takes no
 * `statement_timeout` when a client connects, and may lend another connection for each transaction. `set local` ends with
 * its transaction, so the connection is as before for the next one who borrows it.
 *
 * @param limit milliseconds
 */
export function limitStatements(query: Query, limit: number): Query {
  let inTransaction = false
  return async (text, values) => {
    if (/^(begin|start transaction)\b/.test(text)) {
      inTransaction = true
      return await query(`${text}; set local statement_timeout = ${limit}`)
    }
    if (inTransaction) {
      if (/^(commit|rollback)$/.test(text)) inTransaction = false
      return await query(text, values)
    }
    await query(`begin; set local statement_timeout = ${limit}`)
    try {
      const result = await query(text, values)
      await query('commit')
      return result
    } catch (error) {
      // The first error is the one to tell.
      await query('rollback').catch(() => {})
      throw error
    }
  }
}
