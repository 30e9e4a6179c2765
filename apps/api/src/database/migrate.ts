import { Migrator } from 'kysely/migration'
import { migrations } from './migrations.ts'
import type { Db } from './schema.ts'

/**
 * Brings the tables to the latest schema: all of it or nothing. Processes that start at once take turns, by
 * PostgreSQL's advisory lock or SQLite's write lock.
 *
 * @param schema the PostgreSQL schema to keep the record in; without it a record in any schema would count
 */
export async function migrate(db: Db, schema?: string): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    ...(schema !== undefined && { migrationTableSchema: schema }),
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}
