import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'

/** An order in the database. `item` is the text that was ordered. */
export type StoredOrder = { id: string; item: string }

const ORDERS = "select id, item from %orders where request_id <> 'seed'"

/**
 * A schema of its own in the PostgreSQL that DATABASE_URL names; undefined if there is none. `url` is for the API,
 * `remove` drops the schema.
 */
export async function openPostgres(env = process.env) {
  const { DATABASE_URL = 'postgres://postgres@127.0.0.1:5432/test' } = env
  if (!DATABASE_URL.startsWith('postgres')) return undefined
  const client = new pg.Client({ connectionString: DATABASE_URL, connectionTimeoutMillis: 3000 })
  const schema = `drill_${randomBytes(8).toString('hex')}`
  try {
    await client.connect()
    await client.query(`create schema ${schema}`)
  } catch {
    return undefined
  }
  const url = new URL(DATABASE_URL)
  url.searchParams.set('options', `-c search_path=${schema}`)
  return {
    url: url.href,
    readOrders: async (): Promise<StoredOrder[]> =>
      (await client.query(ORDERS.replace('%', `${schema}.`))).rows,
    async remove(): Promise<void> {
      await client.query(`drop schema ${schema} cascade`)
      await client.end()
    },
  }
}

/** The orders in an SQLite file. */
export function readSqliteOrders(file: string): StoredOrder[] {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    return database.prepare(ORDERS.replace('%', '')).all() as StoredOrder[]
  } finally {
    database.close()
  }
}

/** The URL of the Redis that REDIS_URL names, with a database number of its own; undefined if there is none. */
export async function findRedis(env = process.env): Promise<string | undefined> {
  const url = new URL(env.REDIS_URL ?? 'redis://127.0.0.1:6379')
  const socket = connect(Number(url.port || 6379), url.hostname)
  try {
    await once(socket, 'connect')
    if (url.pathname.length <= 1) url.pathname = OWN_DATABASE
    return url.href
  } catch {
    return undefined
  } finally {
    socket.destroy()
  }
}

/** A Redis server has sixteen databases. Most programs use the first one. */
const OWN_DATABASE = '/9'
