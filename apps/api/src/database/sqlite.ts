import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { Kysely, SqliteAdapter, SqliteDialect } from 'kysely'
import type { Database } from '../schemas.ts'
import type { Db } from './db.ts'
import { DatabaseError } from './errors.ts'
import { migrate, refuseForeignTables } from './migrations.ts'
import { NodeSqliteDriver, retryWhileLocked, type SqliteFile } from './sqlite-driver.ts'

type SqliteOptions = {
  /** What messages call the URL. */
  name?: string | undefined
  lockTimeout?: number | undefined
}

/**
 * Opens the SQLite file, and makes it and its folder if they do not exist. `:memory:` exists in this process only.
 *
 * @throws DatabaseError `database_unavailable` or `database_unsuitable`
 */
export async function openSqlite(path: string, options: SqliteOptions = {}): Promise<Db> {
  const place = `${options.name ?? 'DATABASE_URL'}: the file ${path}`
  return await explainFaults(path, options, async () => {
    mkdirSync(dirname(path), { recursive: true })
    const { db, writer, lockTimeout } = connect(path, options)
    try {
      // This comes before anything is written, so that the file of another program is not changed.
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

/** Milliseconds. Less than the five seconds that the pages wait for an answer of the API, so that they get one. */
const LOCK_TIMEOUT = 4_500

/** `mode` is that of https://sqlite.org/uri.html: read, write, create. */
function connect(path: string, { lockTimeout = LOCK_TIMEOUT }: SqliteOptions, mode = 'rwc') {
  const inMemory = path === ':memory:'
  const location = inMemory ? path : Object.assign(pathToFileURL(path), { search: `mode=${mode}` })
  const open = () => {
    // The timeout is 0 because the driver waits for locks itself, without blocking the event loop.
    const database = new DatabaseSync(location, { timeout: 0, enableForeignKeyConstraints: true })
    // SQLite's own lower() changes ASCII letters only. PostgreSQL's changes É, too.
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

/** Kysely's SQLite dialect with node:sqlite as its driver. */
class NodeSqliteDialect extends SqliteDialect {
  readonly #file: SqliteFile

  constructor(file: SqliteFile) {
    // Kysely's own driver would call this. The driver below replaces it.
    super({ database: () => Promise.reject(new Error('NodeSqliteDriver opens the file')) })
    this.#file = file
  }

  override createDriver() {
    return new NodeSqliteDriver(this.#file)
  }

  override createAdapter() {
    return new NodeSqliteAdapter()
  }
}

class NodeSqliteAdapter extends SqliteAdapter {
  /** Kysely's default is false, so it would migrate outside a transaction. SQLite can roll back its DDL. */
  override get supportsTransactionalDdl() {
    return true
  }

  /** With Kysely's default, false, queries would run one after another, and reads would wait for writes. */
  override get supportsMultipleConnections() {
    return true
  }
}
