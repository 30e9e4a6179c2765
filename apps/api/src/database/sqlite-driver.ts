import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
  SelectQueryNode,
  type SqliteStatement,
  type TransactionSettings,
} from 'kysely'
import { isLocked } from './errors.ts'

export type SqliteFile = {
  /** Opens one more connection to the file; undefined for a database in memory, which has only one. */
  connect: (() => DatabaseSync) | undefined
  /** The first connection. */
  writer: DatabaseSync
  /** How long a statement waits for another process's lock, in milliseconds. */
  lockTimeout: number
}

type Statements = (sql: string) => SqliteStatement

/**
 * Kysely's driver for node:sqlite. A file has two connections. Writes take turns on one of them. Reads use the other one,
 * so that the write-ahead log can serve them while a write waits for a lock. A `read only` transaction has its own
 * connection, so that it sees one state of the file until it ends.
 */
export class NodeSqliteDriver implements Driver {
  readonly #file: SqliteFile
  readonly #writer: Statements
  readonly #reader: Statements | undefined
  readonly #readerFile: DatabaseSync | undefined
  readonly #turns = createQueue()

  constructor(file: SqliteFile) {
    this.#file = file
    this.#writer = statementsOf(file.writer)
    this.#readerFile = file.connect?.()
    this.#reader = this.#readerFile && statementsOf(this.#readerFile)
  }

  async init() {}

  async acquireConnection() {
    return new SqliteConnection((query) => this.#executeAlone(query))
  }

  async beginTransaction(connection: SqliteConnection, { accessMode }: TransactionSettings) {
    if (accessMode === 'read only' && this.#file.connect) {
      const file = this.#file.connect()
      file.exec('begin')
      connection.enter(statementsOf(file), () => file.close())
    } else {
      const deadline = this.#deadline()
      const end = await this.#turns.enter()
      try {
        // A deferred transaction that reads first cannot wait for its turn to write: it fails at once with
        // SQLITE_BUSY_SNAPSHOT (https://sqlite.org/rescode.html#busy_snapshot).
        await retryWhileLocked(() => this.#file.writer.exec('begin immediate'), deadline)
      } catch (error) {
        end()
        throw error
      }
      connection.enter(this.#writer, end)
    }
  }

  async commitTransaction(connection: SqliteConnection) {
    await connection.executeQuery(CompiledQuery.raw('commit'))
    connection.leave()
  }

  async rollbackTransaction(connection: SqliteConnection) {
    try {
      await connection.executeQuery(CompiledQuery.raw('rollback'))
    } finally {
      connection.leave()
    }
  }

  async releaseConnection() {}

  async destroy() {
    this.#readerFile?.close()
    this.#file.writer.close()
  }

  /** Runs a statement outside a transaction. */
  async #executeAlone<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const deadline = this.#deadline()
    const reader = SelectQueryNode.is(query.query) ? this.#reader : undefined
    if (reader) return await retryWhileLocked(() => execute<R>(reader, query), deadline)
    const end = await this.#turns.enter()
    try {
      return await retryWhileLocked(() => execute<R>(this.#writer, query), deadline)
    } finally {
      end()
    }
  }

  /** Counted from the request, so that all statements that wait in the queue for a lock fail at the same time. */
  #deadline(): number {
    return performance.now() + this.#file.lockTimeout
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly #executeAlone: <R>(query: CompiledQuery) => Promise<QueryResult<R>>
  #transaction: { statements: Statements; end: () => void } | undefined

  constructor(executeAlone: <R>(query: CompiledQuery) => Promise<QueryResult<R>>) {
    this.#executeAlone = executeAlone
  }

  enter(statements: Statements, end: () => void): void {
    this.#transaction = { statements, end }
  }

  leave(): void {
    this.#transaction?.end()
    this.#transaction = undefined
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return this.#transaction ? execute(this.#transaction.statements, query) : await this.#executeAlone(query)
  }

  // biome-ignore lint/correctness/useYield: The API reads no streams.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('Streams are not supported: read a list page by page')
  }
}

function execute<R>(statements: Statements, { sql, parameters }: CompiledQuery): QueryResult<R> {
  const statement = statements(sql)
  if (statement.reader) return { rows: statement.all(parameters) as R[] }
  const { changes, lastInsertRowid } = statement.run(parameters)
  return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
}

function statementsOf(database: DatabaseSync): Statements {
  return cacheStatements((sql) => prepare(database, sql))
}

function prepare(database: DatabaseSync, sql: string): SqliteStatement {
  const statement = database.prepare(sql)
  const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[]
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...values(parameters)),
    iterate: (parameters) => statement.iterate(...values(parameters)),
    run: (parameters) => {
      // SQLite rolls back by itself when the disk is full. A second rollback would fail and hide the reason
      // (https://sqlite.org/lang_transaction.html, "Response To Errors Within A Transaction").
      if (sql === 'rollback' && !database.isTransaction) return { changes: 0, lastInsertRowid: 0 }
      return statement.run(...values(parameters))
    },
  }
}

/** The longest time between two attempts in milliseconds. */
const LONGEST_PAUSE = 25

/**
 * Runs a statement. While another process holds SQLite's lock, it tries again until `deadline` (a time of
 * `performance.now()`). SQLite's own busy_timeout would block the event loop, and with it every other request.
 */
export async function retryWhileLocked<T>(statement: () => T, deadline: number): Promise<T> {
  for (let pause = 1; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    try {
      return statement()
    } catch (error) {
      if (!isLocked(error) || performance.now() >= deadline) throw error
    }
    await setTimeout(pause)
  }
}

/** Gives one holder at a time a turn, in the order of their calls. */
function createQueue() {
  let last = Promise.resolve()
  return {
    /** Resolves at the start of the caller's turn, with the function that ends the turn. */
    async enter(): Promise<() => void> {
      const { promise, resolve } = Promise.withResolvers<void>()
      const before = last
      last = promise
      await before
      return resolve
    },
  }
}

/** Prepares each SQL text once. Above `limit` texts it drops the one that was prepared first. */
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
