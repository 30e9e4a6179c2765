import { randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'

/** An order as it stands in the books; `item` is what was asked for. */
export type Booked = { id: string; item: string }

/** A database for one drill: `url` is for the API, `readBooks` tells what was ordered, `leave` removes what was made. */
export type Database = {
  name: string
  url: string
  readBooks(): Promise<Booked[]>
  leave(): Promise<void>
}

const ORDERED = "select id, item from %orders where request_id <> 'seed'"

/** A schema of its own in the PostgreSQL that DATABASE_URL names; or, where there is none, the SQLite file. */
export async function openDatabase({ env = process.env, file }: { env?: NodeJS.ProcessEnv; file: string }) {
  const { DATABASE_URL = 'postgres://postgres@127.0.0.1:5432/test' } = env
  if (!DATABASE_URL.startsWith('postgres')) return sqlite(file)
  return await postgres(new URL(DATABASE_URL)).catch(() => sqlite(file))
}

/** Throws when the server cannot be reached. */
async function postgres(url: URL): Promise<Database> {
  const schema = `drill_${randomBytes(8).toString('hex')}`
  const client = new pg.Client({ connectionString: url.href, connectionTimeoutMillis: 3000 })
  await client.connect()
  await client.query(`create schema ${schema}`)
  const own = new URL(url)
  own.searchParams.set('options', `-c search_path=${schema}`)
  return {
    name: 'PostgreSQL',
    url: own.href,
    readBooks: async () => (await client.query(ORDERED.replace('%', `${schema}.`))).rows,
    async leave() {
      await client.query(`drop schema ${schema} cascade`)
      await client.end()
    },
  }
}

function sqlite(file: string): Database {
  return {
    name: 'SQLite (no PostgreSQL is to be had)',
    url: `file:${file}`,
    async readBooks() {
      const database = new DatabaseSync(file, { readOnly: true })
      try {
        return database.prepare(ORDERED.replace('%', '')).all() as Booked[]
      } finally {
        database.close()
      }
    },
    leave: async () => {},
  }
}
