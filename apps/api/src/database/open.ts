import { DatabaseError } from './errors.ts'
import { openPostgres } from './postgres.ts'
import type { Db } from './schema.ts'
import { openSqlite } from './sqlite.ts'

export type OpenOptions = {
  /** DATABASE_URL: `file:PATH`, `sqlite:PATH`, `file::memory:`, `postgres://…` or `postgresql://…`. */
  url: string
  /** Stands in for the password of a PostgreSQL URL. One line break at its end, as files have it, is dropped. */
  password?: string | undefined
  /** How long to wait for a PostgreSQL that is not up yet, in seconds. */
  patience?: number | undefined
  /** Hears of what is lost beside any query: an idle connection, or a first attempt that is made again. */
  onFault?: ((error: Error) => void) | undefined
}

/**
 * Opens the database and brings it to the latest schema. Several processes may do so at once.
 *
 * @throws DatabaseError `database_url_invalid`, or `database_unavailable` when it cannot be opened or reached in time
 */
export async function openDatabase({ url, ...options }: OpenOptions): Promise<Db> {
  const file = /^(?:file|sqlite):(?:\/\/)?(.+)$/.exec(url)?.[1]
  if (file !== undefined) return await openSqlite(file)
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url))
    return await openPostgres({ url: new URL(url), ...options })
  throw new DatabaseError(
    'database_url_invalid',
    'DATABASE_URL must be file:PATH, sqlite:PATH or a valid postgres:// URL',
  )
}

/** Answers when the database does; throws when it does not. It reads a table, since `select 1` opens no file. */
export async function ping(db: Db): Promise<void> {
  await db.selectFrom('users').select('id').limit(1).execute()
}
