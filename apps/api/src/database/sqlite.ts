import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { Kysely } from 'kysely'
import { refuseForeignTables } from '../copy-database/ownership.ts'
import { DatabaseError } from './errors.ts'
import { migrate } from './migrate.ts'
import type { Database, Db } from './schema.ts'
import { NodeSqliteDialect } from './sqlite-dialect.ts'
import { retryWhileLocked } from './sqlite-lock.ts'

export type SqliteOptions = {
  /** What messages call the URL. */
  name?: string | undefined
  lockTimeout?: number | undefined
}

/**
 * Opens the SQLite file, and makes it and its folder if they are missing. `:memory:` lives in this process only.
 *
 * @throws DatabaseError `database_unavailable` or `database_unsuitable`
 */
export async function openSqlite(path: string, options: SqliteOptions = {}): Promise<Db> {
  const place = `${options.name ?? 'DATABASE_URL'}: the file ${path}`
  return await explainFaults(path, options, async () => {
    mkdirSync(dirname(path), { recursive: true })
    const { db, writer, lockTimeout } = connect(path, options)
    try {
      // Before anything is written: the file of another program stays as it is.
      await refuseForeignTables(db, place)
      const deadline = performance.now() + lockTimeout
      await retryWhileLocked(() => writer.exec('pragma journal_mode = wal'), deadline)
      await migrate(db, place)
      return db
    } catch (error) {
      await db.destroy()
      throw error
    }
  })
}

/**
 * Opens an SQLite file that exists, and changes nothing in it.
 *
 * @throws DatabaseError `database_unavailable`
 */
export async function connectSqlite(path: string, options: SqliteOptions = {}): Promise<Db> {
  return await explainFaults(path, options, async () => {
    if (!existsSync(path)) throw new Error('it does not exist')
    return connect(path, options, 'rw').db
  })
}

/** Shorter than the five seconds that callers of the API wait for an answer, so that they get one. In milliseconds. */
const LOCK_TIMEOUT = 4_500

/** `mode` is that of https://sqlite.org/uri.html: read, write, create. */
function connect(path: string, { lockTimeout = LOCK_TIMEOUT }: SqliteOptions, mode = 'rwc') {
  const inMemory = path === ':memory:'
  const location = inMemory ? path : Object.assign(pathToFileURL(path), { search: `mode=${mode}` })
  const open = () => {
    // A timeout of 0: the driver waits for locks, without blocking the event loop.
    const database = new DatabaseSync(location, { timeout: 0, enableForeignKeyConstraints: true })
    // SQLite's own lower() folds ASCII only, PostgreSQL's folds É too.
    database.function('lower', { deterministic: true }, (text) => String(text).toLowerCase())
    return database
  }
  const writer = open()
  const file = { writer, connect: inMemory ? undefined : open, lockTimeout }
  return { db: new Kysely<Database>({ dialect: new NodeSqliteDialect(file) }), writer, lockTimeout }
}

async function explainFaults(
  path: string,
  { name = 'DATABASE_URL' }: SqliteOptions,
  work: () => Promise<Db>,
) {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof DatabaseError) throw cause
    const reason = cause instanceof Error ? cause.message : cause
    throw new DatabaseError('database_unavailable', `${name}: cannot use the file ${path}: ${reason}`, {
      cause,
    })
  }
}
