import { DatabaseError } from './errors.ts'
import { openPostgres, type PostgresOptions } from './postgres.ts'
import type { Db } from './schema.ts'
import { openSqlite } from './sqlite.ts'

export type OpenOptions = {
  /** DATABASE_URL: `file:PATH`, `sqlite:PATH`, `file::memory:`, `postgres://…` or `postgresql://…`. */
  url: string
  /** What messages call the URL (`DATABASE_URL`). */
  name?: string | undefined
  /** Stands in for the password of a PostgreSQL URL. One line break at its end, as files have it, is dropped. */
  password?: string | undefined
  /** How long to wait for a PostgreSQL that is not up yet, in seconds. */
  patience?: number | undefined
  /** Is called with what is lost beside any query: an idle connection, or a first attempt that is made again. */
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

/** Answers when the database does; throws when it does not. It reads a table, since `select 1` opens no file. */
export async function ping(db: Db): Promise<void> {
  await db.selectFrom('users').select('id').limit(1).execute()
}
