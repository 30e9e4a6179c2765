import { DEFAULT_MIGRATION_LOCK_TABLE, DEFAULT_MIGRATION_TABLE } from 'kysely/migration'
import { DatabaseError } from '../database/errors.ts'
import { migrations } from '../database/migrations.ts'
import type { Db } from '../database/schema.ts'

const RECORDS: readonly string[] = [DEFAULT_MIGRATION_TABLE, DEFAULT_MIGRATION_LOCK_TABLE]

/**
 * Refuses a database that another program has put tables into, or a later version of this one. `place` is what the
 * message calls it. An empty database is ours to fill.
 *
 * @throws DatabaseError `database_unsuitable`
 */
export async function refuseForeignTables(db: Db, place: string): Promise<void> {
  const tables = (await db.introspection.getTables({ withInternalKyselyTables: true })).map(
    ({ name }) => name,
  )
  const executed = tables.includes(DEFAULT_MIGRATION_TABLE) ? await executedMigrations(db) : []
  const unknown = executed.filter((name) => !Object.hasOwn(migrations, name))
  if (unknown.length < executed.length) {
    if (unknown.length === 0) return
    throw unsuitable(`${place} was written by a later version (${unknown.join(', ')}). Run that version.`)
  }
  const [foreign] = tables.filter((name) => !RECORDS.includes(name))
  const evidence = unknown[0] ? `the migration ${unknown[0]}` : foreign && `the table ${foreign}`
  if (evidence)
    throw unsuitable(
      `${place} belongs to another program: it holds ${evidence}. Name a database of its own for the API.`,
    )
}

/**
 * Refuses a database that does not hold our tables. Nothing is written.
 *
 * @throws DatabaseError `database_unsuitable`
 */
export async function requireTables(db: Db, place: string): Promise<void> {
  await refuseForeignTables(db, place)
  const tables = (await db.introspection.getTables()).map(({ name }) => name)
  const missing = ['users', 'orders', 'idempotency_keys'].filter((table) => !tables.includes(table))
  if (missing.length === 0) return
  throw unsuitable(
    tables.length === 0
      ? `${place} holds no tables.`
      : `${place} was written by an earlier version: it has no table ${missing[0]}. Start the API with it once.`,
  )
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
