import { type DatabaseIntrospector, type Kysely, PostgresDialect, sql, type TableMetadata } from 'kysely'

/**
 * Lets the migrator see the tables of the current schema only. Kysely's own view goes over every column of every
 * schema in the database, and fails if one of them is dropped meanwhile.
 */
export class CurrentSchemaDialect extends PostgresDialect {
  override createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return { getSchemas: () => getSchemas(db), getTables: () => getTables(db) }
  }
}

async function getSchemas(db: Kysely<unknown>) {
  const { rows } = await sql<{ name: string }>`select current_schema() as name`.execute(db)
  return rows
}

/** Names are all that the migrator asks for. */
async function getTables(db: Kysely<unknown>): Promise<TableMetadata[]> {
  const { rows } = await sql<{ name: string; schema: string }>`
    select tablename as name, schemaname as schema from pg_tables where schemaname = current_schema()`.execute(
    db,
  )
  return rows.map((table) => ({ ...table, isView: false, isForeign: false, columns: [] }))
}
