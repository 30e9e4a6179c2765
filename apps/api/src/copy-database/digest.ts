import { createHash } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../database/schema.ts'

/** The tables in the order in which they refer to each other: their columns, and how many of them are the key. */
export const TABLES = {
  users: { columns: ['id', 'name', 'email'], key: 1 },
  orders: {
    columns: ['id', 'user_id', 'item', 'quantity', 'created_at', 'created_by', 'request_id'],
    key: 1,
  },
  idempotency_keys: { columns: ['caller', 'key', 'digest', 'order_id', 'created_at'], key: 2 },
} as const

export type Table = keyof typeof TABLES
export type Row = Record<string, string | number>

/** What a table holds: the number of its rows, and a digest of all of them. */
export type Content = { rows: number; digest: string }
export type Contents = Record<Table, Content>

/** Rows that are read, and written, at once: SQLite takes 32,766 parameters at most, PostgreSQL 65,535. */
const BATCH = 1_000

/** Reads all tables. `each` is called with a thousand rows at a time, in the order in which they refer to each other. */
export async function readContents(
  db: Db,
  each: (table: Table, rows: Row[]) => Promise<unknown> = async () => {},
): Promise<Contents> {
  const contents = {} as Contents
  for (const table of Object.keys(TABLES) as Table[]) {
    const digest = createDigest(table)
    for await (const rows of pagesOf(db, table)) {
      for (const row of rows) digest.add(row)
      await each(table, rows)
    }
    contents[table] = digest.content()
  }
  return contents
}

async function* pagesOf(db: Db, table: Table): AsyncGenerator<Row[]> {
  const { columns, key } = TABLES[table]
  const names = list(columns.map((name) => sql.ref(name)))
  const keys = list(columns.slice(0, key).map((name) => sql.ref(name)))
  let after = sql``
  for (;;) {
    const { rows } = await sql<Row>`
      select ${names} from ${sql.table(table)} ${after} order by ${keys} limit ${sql.lit(BATCH)}`.execute(db)
    const last = rows.at(-1)
    if (!last) return
    yield rows
    after = sql`where (${keys}) > (${list(columns.slice(0, key).map((name) => sql`${last[name]}`))})`
  }
}

function list(parts: RawBuilder<unknown>[]): RawBuilder<unknown> {
  return sql.join(parts)
}

/** The sum of the SHA-256 of each row: the same in any order, since two databases may sort their text differently. */
function createDigest(table: Table) {
  let rows = 0
  let sum = 0n
  return {
    add(row: Row) {
      const text = JSON.stringify(TABLES[table].columns.map((name) => row[name]))
      sum += BigInt(`0x${createHash('sha256').update(text).digest('hex')}`)
      rows += 1
    },
    content: (): Content => ({ rows, digest: BigInt.asUintN(256, sum).toString(16).padStart(64, '0') }),
  }
}
