import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { SqliteAdapter, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely'
import { cacheStatements } from './statement-cache.ts'

/** Kysely's SQLite dialect, which knows better-sqlite3, over node:sqlite, and with transactions as SQLite has them. */
export class NodeSqliteDialect extends SqliteDialect {
  constructor(database: DatabaseSync) {
    super({ database: shim(database) })
  }

  override createAdapter() {
    return new TransactionalSqliteAdapter()
  }
}

/** Kysely migrates SQLite outside of any transaction, although its DDL can be rolled back. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl() {
    return true
  }
}

function shim(database: DatabaseSync): SqliteDatabase {
  return { close: () => database.close(), prepare: cacheStatements((sql) => prepare(database, sql)) }
}

function prepare(database: DatabaseSync, sql: string): SqliteStatement {
  // Every transaction here writes. A deferred one that reads first cannot wait for its turn to write: it fails at
  // once with SQLITE_BUSY_SNAPSHOT (https://sqlite.org/rescode.html#busy_snapshot).
  const statement = database.prepare(sql === 'begin' ? 'begin immediate' : sql)
  const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[]
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...values(parameters)),
    iterate: (parameters) => statement.iterate(...values(parameters)),
    run: (parameters) => {
      // A full disk makes SQLite roll back by itself; a second time would fail and hide the reason
      // (https://sqlite.org/lang_transaction.html, "Response To Errors Within A Transaction").
      if (sql === 'rollback' && !database.isTransaction) return { changes: 0, lastInsertRowid: 0 }
      return statement.run(...values(parameters))
    },
  }
}
