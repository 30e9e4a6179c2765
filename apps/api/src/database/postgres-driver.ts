import {
  type ColumnMetadata,
  type DatabaseIntrospector,
  type Kysely,
  PostgresAdapter,
  PostgresDialect,
  type PostgresPool,
  type PostgresPoolClient,
  sql,
  type TableMetadata,
} from 'kysely'
import pg, { type QueryResult } from 'pg'
import { DatabaseError } from './errors.ts'

export type PoolOptions = {
  /** What messages call the database. */
  place: string
  onFault: (error: Error) => void
  /** The time limit of a statement in milliseconds, for connections that do not keep a limit themselves. */
  statementLimit?: number | undefined
}

/**
 * A pool whose errors distinguish two cases. The server answered with an error: pg.DatabaseError, with an SQLSTATE. The
 * server did not answer: DatabaseError `database_unavailable`. pg's own errors for a lost connection have no code.
 */
export function classifyingPool(
  pool: pg.Pool,
  { place, onFault, statementLimit }: PoolOptions,
): PostgresPool {
  pool.on('error', onFault)
  // pg listens to the errors of idle connections only, and an unhandled 'error' event would end the process. The query
  // that uses the connection fails anyway.
  pool.on('connect', (client) => client.on('error', () => {}))
  const unavailable = (cause: unknown): never => {
    throw new DatabaseError('database_unavailable', `${place}: the connection failed: ${reasonOf(cause)}`, {
      cause,
    })
  }
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () =>
      classifyingClient(await pool.connect().catch(unavailable), { unavailable, statementLimit }),
  }
}

function classifyingClient(client: pg.PoolClient, { unavailable, statementLimit }: ClientOptions) {
  let isLost = false
  let first: unknown
  const classified = async (text: string, values?: unknown[]) => {
    try {
      return await client.query(text, values)
    } catch (error) {
      if (error instanceof pg.DatabaseError) {
        // "current transaction is aborted" does not tell the reason: the error before it does.
        if (error.code === '25P02' && first) throw first
        first = error
        throw error
      }
      // The connection must not be used again: the late answer of this query would be taken for that of the next one.
      isLost = true
      return unavailable(error)
    }
  }
  const query = statementLimit === undefined ? classified : limitStatements(classified, statementLimit)
  return {
    // Kysely's other form of a query takes a cursor, for streams, which no code here reads.
    query: query as unknown as PostgresPoolClient['query'],
    release: (destroy?: boolean) => client.release(destroy || isLost),
  }
}

type ClientOptions = { unavailable: (cause: unknown) => never; statementLimit: number | undefined }

/** The message of a server's or a file's error. A connection error may have an empty message, so its code is taken. */
export function reasonOf(cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause
  return 'code' in cause && !('path' in cause) && !(cause instanceof pg.DatabaseError)
    ? cause.code
    : cause.message
}

type Query = (text: string, values?: unknown[]) => Promise<QueryResult>

/**
 * Gives each statement a time limit, for connections that do not keep one: a pooler such as PgBouncer takes no
 * `statement_timeout` when a client connects, and may lend another connection for each transaction. `set local` ends with
 * its transaction, so that the next client gets the connection unchanged.
 *
 * @param limit milliseconds
 */
function limitStatements(query: Query, limit: number): Query {
  let inTransaction = false
  return async (text, values) => {
    if (/^(begin|start transaction)\b/.test(text)) {
      inTransaction = true
      return await query(`${text}; set local statement_timeout = ${limit}`)
    }
    if (inTransaction) {
      if (/^(commit|rollback)$/.test(text)) inTransaction = false
      return await query(text, values)
    }
    await query(`begin; set local statement_timeout = ${limit}`)
    try {
      const result = await query(text, values)
      await query('commit')
      return result
    } catch (error) {
      // The caller needs the first error, not that of the rollback.
      await query('rollback').catch(() => {})
      throw error
    }
  }
}

/**
 * Shows the migrator the tables of the current schema only. Kysely's own introspection reads every column of every
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

/** The tables of an extension, such as PostGIS, are left out: no program owns them. */
async function getTables(
  db: Kysely<unknown>,
  { withInternalKyselyTables = false } = {},
): Promise<TableMetadata[]> {
  const { rows } = await sql<{ name: string; schema: string; columns: ColumnMetadata[] }>`
    select relname as name, current_schema() as schema, (
      select coalesce(json_agg(json_build_object(
        'name', attname, 'dataType', typname, 'isNullable', not attnotnull,
        'hasDefaultValue', atthasdef, 'isAutoIncrementing', attidentity <> '') order by attnum), '[]')
      from pg_attribute join pg_type on pg_type.oid = atttypid
      where attrelid = pg_class.oid and attnum > 0 and not attisdropped
    ) as columns from pg_class
    where relnamespace = (select oid from pg_namespace where nspname = current_schema()) and relkind in ('r', 'p')
    and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype = 'e')
    order by relname`.execute(db)
  return rows
    .filter(({ name }) => withInternalKyselyTables || !name.startsWith('kysely_migration'))
    .map((table) => ({ ...table, isView: false, isForeign: false }))
}
