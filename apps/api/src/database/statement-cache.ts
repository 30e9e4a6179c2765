import type { SqliteStatement } from 'kysely'

/** Prepares each SQL text once. Beyond `limit` texts the one that was prepared first is forgotten. */
export function cacheStatements(prepare: (sql: string) => SqliteStatement, limit = 100) {
  const statements = new Map<string, SqliteStatement>()
  return (sql: string): SqliteStatement => {
    const known = statements.get(sql)
    if (known) return known
    const statement = prepare(sql)
    statements.set(sql, statement)
    if (statements.size > limit) {
      const [oldest] = statements.keys()
      if (oldest !== undefined) statements.delete(oldest)
    }
    return statement
  }
}
