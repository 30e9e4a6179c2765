import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { DatabaseError } from './errors.ts'
import { migrate } from './migrate.ts'
import type { Database, Db } from './schema.ts'
import { NodeSqliteDialect } from './sqlite-dialect.ts'

/**
 * Opens the SQLite file, and makes it and its folder if they are missing. `:memory:` lives in this process only.
 *
 * @throws DatabaseError `database_unavailable`
 */
export async function openSqlite(path: string): Promise<Db> {
  try {
    const db = new Kysely<Database>({ dialect: new NodeSqliteDialect(openFile(path)) })
    await migrate(db)
    return db
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : cause
    throw new DatabaseError('database_unavailable', `DATABASE_URL: cannot use the file ${path}: ${reason}`, {
      cause,
    })
  }
}

function openFile(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true })
  // The timeout (milliseconds) is SQLite's busy_timeout: a second process waits for the first one's write.
  const database = new DatabaseSync(path, { timeout: 5_000, enableForeignKeyConstraints: true })
  database.exec('pragma journal_mode = wal')
  // SQLite's own lower() folds ASCII only, PostgreSQL's folds É too.
  database.function('lower', { deterministic: true }, (text) => String(text).toLowerCase())
  return database
}
