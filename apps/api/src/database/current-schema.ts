import {
  type DatabaseIntrospector,
  type Kysely,
  PostgresAdapter,
  PostgresDialect,
  sql,
  type TableMetadata,
} from 'kysely'

/**
 * Lets the migrator see the tables of the current schema only. Kysely's own view goes over every column of every
 * schema in the database, and fails if one of them is dropped meanwhile.
 */
export class CurrentSchemaDialect extends PostgresDialect {
  override createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return { getSchemas: () => getSchemas(db), getTables: (options) => getTables(db, options) }
  }

  override createAdapter() {
    return new UnlockedAdapter()
  }
}

/** `migrate` takes the lock itself, for its transaction. */
class UnlockedAdapter extends PostgresAdapter {
  override async acquireMigrationLock() {}
  override async releaseMigrationLock() {}
}

async function getSchemas(db: Kysely<unknown>) {
  const { rows } = await sql<{ name: string }>`select current_schema() as name`.execute(db)
  return rows
}

/** Names are all that is asked for. Tables of an extension, such as PostGIS's, belong to no program. */
async function getTables(
  db: Kysely<unknown>,
  { withInternalKyselyTables = false } = {},
): Promise<TableMetadata[]> {
  const { rows } = await sql<{ name: string; schema: string }>`
    select relname as name, current_schema() as schema from pg_class
    where relnamespace = (select oid from pg_namespace where nspname = current_schema()) and relkind in ('r', 'p')
    and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype = 'e')
    order by relname`.execute(db)
  return rows
    .filter(({ name }) => withInternalKyselyTables || !name.startsWith('kysely_migration'))
    .map((table) => ({ ...table, isView: false, isForeign: false, columns: [] }))
}
