import { Kysely, sql } from 'kysely'
import pg from 'pg'
import { CurrentSchemaDialect } from './current-schema.ts'
import { DatabaseError } from './errors.ts'
import { FOLDING } from './lower.ts'
import { migrate } from './migrate.ts'
import { reasonOf, telltalePool } from './postgres-pool.ts'
import type { Database, Db } from './schema.ts'
import { untilReachable } from './until-reachable.ts'

export type PostgresOptions = {
  url: URL
  /** What messages call the URL. */
  name?: string | undefined
  password?: string | undefined
  patience?: number | undefined
  onFault?: ((error: Error) => void) | undefined
  /** How long to wait for a connection, and for a statement (0: without a limit), in milliseconds. */
  timeouts?: { connection: number; statement: number } | undefined
}

/**
 * Opens a pool of connections to PostgreSQL, waiting up to `patience` seconds for a server that is not up yet, and brings
 * the tables to the latest schema. It may be behind a pooler.
 *
 * @throws DatabaseError `database_unavailable` or `database_unsuitable`
 */
export async function openPostgres(options: PostgresOptions): Promise<Db> {
  const { onFault = () => {} } = options
  const { connection, statement } = options.timeouts ?? TIMEOUTS
  // A migration may take longer than any query of a request, and others wait for it: it has no time limit.
  const setup = await connectPostgres(options)
  try {
    await migrate(setup.db, setup.place, setup.schema)
  } catch (error) {
    await setup.db.destroy()
    throw explain(error, setup.place)
  }
  if (statement === 0) return setup.db
  await setup.db.destroy()
  const { place } = setup
  const config = configOf(options, connection)
  // The server ends what takes too long. Only when its answer does not come at all, the client gives up.
  const limited = { ...config, query_timeout: statement + 1_000 }
  const direct = connect({ ...limited, statement_timeout: statement }, { place, onFault })
  if (await isLimited(direct, statement)) return direct
  await direct.destroy()
  return connect(limited, { place, onFault, statementLimit: statement })
}

/**
 * Connects to PostgreSQL, without a limit for statements, and changes nothing in it.
 *
 * @throws DatabaseError `database_unavailable` or `database_unsuitable`
 */
export async function connectPostgres(options: PostgresOptions) {
  const { url, name = 'DATABASE_URL', patience = 30, onFault = () => {}, timeouts = TIMEOUTS } = options
  const at = `${url.host}${url.pathname}`
  const place = `${name}: ${at}`
  const db = connect({ ...configOf(options, timeouts.connection), max: 1 }, { place, onFault })
  try {
    const { schema, encoding, folds } = await untilReachable(db, { name, at, patience, onFault })
    // A letter that the encoding lacks could not be stored, and in SQL_ASCII it would be several letters.
    if (encoding !== 'UTF8')
      throw unsuitable(
        `${place} has the encoding ${encoding}. Create it with: encoding 'UTF8' template template0`,
      )
    if (!folds)
      throw unsuitable(
        `${place} has no collation "${FOLDING}", which the search needs. Use a PostgreSQL that is built with ICU.`,
      )
    return { db, place, schema }
  } catch (error) {
    await db.destroy()
    throw error
  }
}

function unsuitable(message: string): DatabaseError {
  return new DatabaseError('database_unsuitable', message)
}

/** Milliseconds. */
const TIMEOUTS = { connection: 3_000, statement: 5_000 }

function configOf({ url, password }: PostgresOptions, connection: number): pg.PoolConfig {
  return { connectionString: withPassword(url, password), connectionTimeoutMillis: connection }
}

function connect(config: pg.PoolConfig, options: Parameters<typeof telltalePool>[1]): Db {
  return new Kysely<Database>({
    dialect: new CurrentSchemaDialect({ pool: telltalePool(new pg.Pool(config), options) }),
  })
}

/** Whether connections keep the time limit that they were opened with. A pooler refuses it, or leaves it out. */
async function isLimited(db: Db, statement: number): Promise<boolean> {
  try {
    const { rows } = await sql<{ setting: string }>`
      select setting from pg_settings where name = 'statement_timeout'`.execute(db)
    return rows[0]?.setting === String(statement)
  } catch (error) {
    // QUERY_CANCELED: a limit so short that this query exceeds it.
    if (error instanceof pg.DatabaseError && error.code === '57014') return true
    // PROTOCOL_VIOLATION: "unsupported startup parameter". The same connection without the parameter was not refused.
    const { cause } = error as Error
    if (cause instanceof pg.DatabaseError && cause.code === '08P01') return false
    await db.destroy()
    throw error
  }
}

/** An error of the server while the tables are made says what was wrong, but not with which database. */
function explain(error: unknown, place: string): unknown {
  if (error instanceof DatabaseError) return error
  return new DatabaseError('database_unavailable', `${place}: ${reasonOf(error)}`, { cause: error })
}

/** pg prefers a password among the URL's parameters, which every kind of host may have. */
function withPassword(url: URL, password: string | undefined): string {
  const complete = new URL(url)
  if (password !== undefined) complete.searchParams.set('password', password.replace(/\r?\n$/, ''))
  return complete.href
}
