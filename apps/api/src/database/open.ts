import type { Db } from './db.ts'
import { DatabaseError } from './errors.ts'
import { openPostgres, type PostgresOptions } from './postgres.ts'
import { openSqlite } from './sqlite.ts'

export type OpenOptions = {
  /** DATABASE_URL: `file:PATH`, `sqlite:PATH`, `file::memory:`, `postgres://…` or `postgresql://…`. */
  url: string
  /** What messages call the URL (`DATABASE_URL`). */
  name?: string | undefined
  /** Replaces the password of a PostgreSQL URL. One line break at its end is removed, because files have one. */
  password?: string | undefined
  /** How long to retry while PostgreSQL cannot be reached, in seconds. */
  retryFor?: number | undefined
  /** Is called with an error that fails no query: a lost idle connection, or an attempt that is followed by another. */
  onFault?: ((error: Error) => void) | undefined
  /** How long a statement waits for another process's lock on an SQLite file, in milliseconds. */
  lockTimeout?: number | undefined
  /** How long to wait for a connection to PostgreSQL, and for a statement there (0: without a limit), in milliseconds. */
  timeouts?: PostgresOptions['timeouts']
}

/**
 * Opens the database and brings it to the latest schema. Several processes may do so at once.
 *
 * @throws DatabaseError `database_url_invalid`, `database_unavailable` when it cannot be opened or reached in time,
 * `database_unsuitable` when it holds another program's tables
 */
export async function openDatabase({ url, ...options }: OpenOptions): Promise<Db> {
  const place = placeOf(url, options.name)
  return 'path' in place
    ? await openSqlite(place.path, options)
    : await openPostgres({ url: place.url, ...options })
}

/**
 * Where a database is: the path of an SQLite file, or the URL of a PostgreSQL server. `name` is what messages call it.
 *
 * @throws DatabaseError `database_url_invalid`
 */
export function placeOf(url: string, name = 'DATABASE_URL'): { path: string } | { url: URL } {
  const path = /^(?:file|sqlite):(?:\/\/)?(.+)$/.exec(url)?.[1]
  if (path !== undefined) return { path }
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return { url: new URL(url) }
  throw new DatabaseError(
    'database_url_invalid',
    `${name} must be file:PATH, sqlite:PATH or a valid postgres:// URL`,
  )
}

/** Throws if the database does not answer. It reads a table, because `select 1` would open no file. */
export async function ping(db: Db): Promise<void> {
  await db.selectFrom('users').select('id').limit(1).execute()
}
