import { setTimeout } from 'node:timers/promises'
import { Kysely, sql } from 'kysely'
import pg from 'pg'
import type { Database } from '../schemas.ts'
import { type Db, FOLDING } from './db.ts'
import { DatabaseError, isUnavailable } from './errors.ts'
import { migrate } from './migrations.ts'
import { CurrentSchemaDialect, classifyingPool, type PoolOptions, reasonOf } from './postgres-driver.ts'

export type PostgresOptions = {
  url: URL
  /** What messages call the URL. */
  name?: string | undefined
  password?: string | undefined
  /** How long to retry while the server cannot be reached, in seconds. */
  retryFor?: number | undefined
  onFault?: ((error: Error) => void) | undefined
  /** How long to wait for a connection, and for a statement (0: without a limit), in milliseconds. */
  timeouts?: { connection: number; statement: number } | undefined
}

/**
 * Opens a pool of connections to PostgreSQL and brings the tables to the latest schema. It waits up to `retryFor` seconds
 * for a server that cannot be reached yet. The server may be behind a pooler.
 *
 * @throws DatabaseError `database_unavailable` or `database_unsuitable`
 */
export async function openPostgres(options: PostgresOptions): Promise<Db> {
  const { onFault = () => {} } = options
  const { connection, statement } = options.timeouts ?? TIMEOUTS
  // A migration has no time limit: it may take longer than any query of a request, and other processes wait for it.
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
  // The server ends a statement that takes too long. The client gives up only if the server does not answer at all.
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
  const { url, name = 'DATABASE_URL', retryFor = 30, onFault = () => {}, timeouts = TIMEOUTS } = options
  const at = `${url.host}${url.pathname}`
  const place = `${name}: ${at}`
  const db = connect({ ...configOf(options, timeouts.connection), max: 1 }, { place, onFault })
  try {
    const { schema, encoding, folds } = await untilReachable(db, { name, at, retryFor, onFault })
    // A character that the encoding lacks could not be stored. In SQL_ASCII it would be several characters.
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

function connect(config: pg.PoolConfig, options: PoolOptions): Db {
  return new Kysely<Database>({
    dialect: new CurrentSchemaDialect({ pool: classifyingPool(new pg.Pool(config), options) }),
  })
}

const PAUSE_MILLISECONDS = 500

/**
 * Retries for up to `retryFor` seconds until PostgreSQL can be reached. It stops at an error that a retry cannot fix, such
 * as a wrong password. `onFault` is called with the error of each attempt that is followed by another one.
 *
 * @returns the schema that new tables go to, the encoding of the database, and whether it has the collation `FOLDING`
 * @throws DatabaseError `database_unavailable`
 */
async function untilReachable(db: Db, { name, at, retryFor, onFault }: Waiting): Promise<Reached> {
  const deadline = performance.now() + retryFor * 1_000
  for (;;) {
    try {
      const { rows } = await sql<Partial<Reached>>`
        select current_schema() as schema, current_setting('server_encoding') as encoding,
        exists (select from pg_collation where collname = ${FOLDING}) as folds`.execute(db)
      return {
        schema: rows[0]?.schema ?? 'public',
        encoding: rows[0]?.encoding ?? '',
        folds: rows[0]?.folds ?? false,
      }
    } catch (error) {
      const cause = error instanceof DatabaseError ? error.cause : error
      const fault = new DatabaseError(
        'database_unavailable',
        `${name}: no connection to ${at}: ${reasonOf(cause)}`,
        { cause },
      )
      const isRefused = cause instanceof pg.DatabaseError && !isUnavailable(cause)
      if (isRefused || performance.now() >= deadline) throw fault
      onFault(fault)
      await setTimeout(PAUSE_MILLISECONDS)
    }
  }
}

type Waiting = { name: string; at: string; retryFor: number; onFault: (error: Error) => void }
type Reached = { schema: string; encoding: string; folds: boolean }

/** Whether connections keep the time limit with which they were opened. A pooler refuses it, or ignores it. */
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

/** Adds the name of the database to an error of the server during the migration. */
function explain(error: unknown, place: string): unknown {
  if (error instanceof DatabaseError) return error
  return new DatabaseError('database_unavailable', `${place}: ${reasonOf(error)}`, { cause: error })
}

/** The password is set as a parameter of the URL: pg prefers it, and a URL with any kind of host may have parameters. */
function withPassword(url: URL, password: string | undefined): string {
  const complete = new URL(url)
  if (password !== undefined) complete.searchParams.set('password', password.replace(/\r?\n$/, ''))
  return complete.href
}
