import { type ColumnMetadata, type Kysely, sql } from 'kysely'
import {
  DEFAULT_MIGRATION_LOCK_TABLE,
  DEFAULT_MIGRATION_TABLE,
  type Migration,
  Migrator,
} from 'kysely/migration'
import { TABLES } from '../schemas.ts'
import type { Db } from './db.ts'
import { DatabaseError } from './errors.ts'

/**
 * Brings the tables to the latest schema in one transaction: completely or not at all. It refuses a database of another
 * program. A database of a later version that only added to the schema stays as it is. Processes that start at once take
 * turns, by PostgreSQL's advisory lock or SQLite's write lock.
 *
 * @param place what messages call the database
 * @param schema the PostgreSQL schema that holds the record of migrations; without it a record in any schema would count
 * @throws DatabaseError `database_unsuitable`
 */
export async function migrate(db: Db, place: string, schema?: string): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    // Kysely's own lock belongs to a session. Behind a pooler that lends a connection for one transaction, the lock
    // would be taken on one connection and released on another, and so would never be released.
    if (schema !== undefined) await sql`select pg_advisory_xact_lock(${LOCK})`.execute(transaction)
    const executed = await refuseForeignTables(transaction, place)
    // Kysely's migrator refuses every record of a migration that it does not know.
    if (executed.some(isUnknown)) return await requireAdditions(transaction, place, executed)
    const migrator = new Migrator({
      db: transaction,
      provider: { getMigrations: async () => MIGRATIONS },
      ...(schema !== undefined && { migrationTableSchema: schema }),
    })
    const { error } = await migrator.migrateToLatest()
    if (error !== undefined) throw error
  })
}

/** The ID of the lock that Kysely's migrator takes, so that processes of all versions take turns. */
const LOCK = sql.lit(BigInt('3853314791062309107'))

/**
 * In the order of their names. A released migration is never changed: the next one changes its result. Their tables are
 * `unknown`, not today's Database, because each migration works on the schema of its time.
 */
const MIGRATIONS: Record<string, Migration> = {
  '0001_users_and_orders': { up: usersAndOrders },
  '0002_idempotency_keys': { up: idempotencyKeys },
  '0003_trace_of_order': { up: traceOfOrder },
}

async function usersAndOrders(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('users')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('email', 'text', (column) => column.notNull().unique())
    .execute()
  await db.schema
    .createTable('orders')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id'))
    .addColumn('item', 'text', (column) => column.notNull())
    .addColumn('quantity', 'integer', (column) => column.notNull().check(sql`quantity > 0`))
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('request_id', 'text', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('orders_of_user').on('orders').columns(['user_id', 'id']).execute()
}

async function idempotencyKeys(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('idempotency_keys')
    .addColumn('caller', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('order_id', 'text', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('idempotency_keys_unique', ['caller', 'key'])
    // The key is written before its order, so the reference is checked when both are committed.
    .addForeignKeyConstraint('idempotency_keys_order', ['order_id'], 'orders', ['id'], (constraint) =>
      constraint.onDelete('cascade').deferrable().initiallyDeferred(),
    )
    .execute()
  await db.schema.createIndex('idempotency_keys_age').on('idempotency_keys').column('created_at').execute()
}

/** It may be null: an earlier version writes orders without it. */
async function traceOfOrder(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('orders').addColumn('trace_id', 'text').execute()
}

const RECORDS: readonly string[] = [DEFAULT_MIGRATION_TABLE, DEFAULT_MIGRATION_LOCK_TABLE]

/**
 * Refuses a database with tables of another program. An empty database is accepted, and one of a later version of this
 * program. `place` is what the message calls the database. Resolves to the names of the migrations that the database has.
 *
 * @throws DatabaseError `database_unsuitable`
 */
export async function refuseForeignTables(db: Db, place: string): Promise<string[]> {
  const tables = (await db.introspection.getTables({ withInternalKyselyTables: true })).map(
    ({ name }) => name,
  )
  const executed = tables.includes(DEFAULT_MIGRATION_TABLE) ? await executedMigrations(db) : []
  const [unknown] = executed.filter(isUnknown)
  if (executed.some((name) => !isUnknown(name))) return executed
  const [foreign] = tables.filter((name) => !RECORDS.includes(name))
  const evidence = unknown ? `the migration ${unknown}` : foreign && `the table ${foreign}`
  if (evidence)
    throw unsuitable(
      `${place} belongs to another program: it holds ${evidence}. Name a database of its own for the API.`,
    )
  return executed
}

/**
 * Refuses a database of a later version in which this version cannot read and write: a table or column is gone, or a new
 * column must be given a value.
 */
async function requireAdditions(db: Db, place: string, executed: readonly string[]): Promise<void> {
  const found = await columnsOf(db)
  const obstacles = Object.keys(MIGRATIONS)
    .filter((name) => !executed.includes(name))
    .map((name) => `the migration ${name} is missing`)
  for (const [table, { columns }] of Object.entries(TABLES)) {
    const present = found.get(table) ?? []
    const known: readonly string[] = columns
    for (const column of known)
      if (!present.some(({ name }) => name === column)) obstacles.push(`${table}.${column} is missing`)
    for (const { name, isNullable, hasDefaultValue, isAutoIncrementing } of present)
      if (!known.includes(name) && !isNullable && !hasDefaultValue && !isAutoIncrementing)
        obstacles.push(`${table}.${name} must be given a value`)
  }
  if (obstacles.length === 0) return
  const later = executed.filter(isUnknown).join(', ')
  throw unsuitable(
    `${place} was written by a later version (${later}): ${obstacles.join(', ')}. Run that version.`,
  )
}

function isUnknown(migration: string): boolean {
  return !Object.hasOwn(MIGRATIONS, migration)
}

/**
 * Refuses a database without the API's tables and columns, or of a later version, of which only the columns that this
 * version knows would be copied. It writes nothing.
 *
 * @throws DatabaseError `database_unsuitable`
 */
export async function requireTables(db: Db, place: string): Promise<void> {
  const later = (await refuseForeignTables(db, place)).filter(isUnknown)
  if (later.length > 0)
    throw unsuitable(`${place} was written by a later version (${later.join(', ')}). Run that version.`)
  const found = await columnsOf(db)
  if (found.size === 0) throw unsuitable(`${place} holds no tables.`)
  for (const [table, { columns }] of Object.entries(TABLES)) {
    const names = found.get(table)?.map(({ name }) => name)
    const column = names && columns.find((column) => !names.includes(column))
    if (names && column === undefined) continue
    const what = column ? `column ${table}.${column}` : `table ${table}`
    throw unsuitable(
      `${place} was written by an earlier version: it has no ${what}. Start the API with it once.`,
    )
  }
}

/** The columns of each table, by its name. */
async function columnsOf(db: Db): Promise<Map<string, ColumnMetadata[]>> {
  return new Map((await db.introspection.getTables()).map(({ name, columns }) => [name, columns]))
}

async function executedMigrations(db: Db): Promise<string[]> {
  const rows = await db
    .withTables<{ [DEFAULT_MIGRATION_TABLE]: { name: string } }>()
    .selectFrom(DEFAULT_MIGRATION_TABLE)
    .select('name')
    .orderBy('name')
    .execute()
  return rows.map(({ name }) => name)
}

function unsuitable(message: string): DatabaseError {
  return new DatabaseError('database_unsuitable', message)
}
