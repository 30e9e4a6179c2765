import { Kysely } from 'kysely'
import pg from 'pg'
import { CurrentSchemaDialect } from './current-schema.ts'
import { migrate } from './migrate.ts'
import { telltalePool } from './postgres-pool.ts'
import type { Db } from './schema.ts'
import { untilReachable } from './until-reachable.ts'

export type PostgresOptions = {
  url: URL
  password?: string | undefined
  patience?: number | undefined
  onFault?: ((error: Error) => void) | undefined
  /** How long to wait for a connection, and for a statement, in milliseconds. */
  timeouts?: { connection: number; statement: number } | undefined
}

/**
 * Opens a pool of connections to PostgreSQL, waiting up to `patience` seconds for a server that is not up yet.
 *
 * @throws DatabaseError `database_unavailable`
 */
export async function openPostgres(options: PostgresOptions): Promise<Db> {
  const { url, password, patience = 30, onFault = () => {} } = options
  const { connection, statement } = options.timeouts ?? { connection: 3_000, statement: 5_000 }
  const config = { connectionString: withPassword(url, password), connectionTimeoutMillis: connection }
  // A migration may take longer than any query of a request, and others wait for it: it has no time limit.
  const setup = connect({ ...config, max: 1 }, onFault)
  try {
    const schema = await untilReachable(setup, { url, patience, onFault })
    await migrate(setup, schema)
  } finally {
    await setup.destroy()
  }
  // The server ends what takes too long. Only when its answer does not come at all, the client gives up.
  return connect({ ...config, statement_timeout: statement, query_timeout: statement + 1_000 }, onFault)
}

function connect(config: pg.PoolConfig, onFault: (error: Error) => void): Db {
  return new Kysely({
    dialect: new CurrentSchemaDialect({ pool: telltalePool(new pg.Pool(config), onFault) }),
  })
}

/** pg prefers a password among the URL's parameters, which every kind of host may have. */
function withPassword(url: URL, password: string | undefined): string {
  const complete = new URL(url)
  if (password !== undefined) complete.searchParams.set('password', password.replace(/\r?\n$/, ''))
  return complete.href
}
