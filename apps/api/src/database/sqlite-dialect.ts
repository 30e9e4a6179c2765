import { SqliteAdapter, SqliteDialect } from 'kysely'
import { NodeSqliteDriver, type SqliteFile } from './sqlite-driver.ts'

/** Kysely's SQLite dialect over node:sqlite, and with transactions as SQLite has them. */
export class NodeSqliteDialect extends SqliteDialect {
  readonly #file: SqliteFile

  constructor(file: SqliteFile) {
    // The driver below takes the place of the one that would open this.
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
  /** Kysely migrates SQLite outside of any transaction, although its DDL can be rolled back. */
  override get supportsTransactionalDdl() {
    return true
  }

  /** Kysely would let one query after another in, so that reads would wait for writes. */
  override get supportsMultipleConnections() {
    return true
  }
}
