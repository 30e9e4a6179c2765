import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { PostgresAdapter, type RawBuilder, sql } from 'kysely'
import type { Db } from '../database/db.ts'
import { TABLES } from '../schemas.ts'

type CopyErrorCode = 'target_not_empty' | 'copy_differs'

/** The copy was refused or has failed. Nothing has changed. */
class CopyError extends Error {
  override readonly name = 'CopyError'
  readonly code: CopyErrorCode

  constructor(code: CopyErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Copies every row from one database to another in one transaction, reads the copy back, and returns what both hold. It
 * copies one state of the source, and the source's writers do not wait. Rows of the target are replaced only with `replace`.
 *
 * @throws CopyError
 */
export async function copyDatabase(source: Db, target: Db, { replace = false } = {}): Promise<Contents> {
  return await target.transaction().execute(async (to) => {
    await lock(to)
    if (replace) for (const table of TARGETS.toReversed()) await to.deleteFrom(table).execute()
    await requireEmpty(to)
    const contents = await source
      .transaction()
      .setAccessMode('read only')
      .setIsolationLevel('repeatable read')
      .execute((from) => readContents(from, (table, rows) => insert(to, table, rows)))
    await requireContents(to, contents)
    return contents
  })
}

/** Reads a database and compares it with the expected contents. Throws CopyError `copy_differs`. */
export async function requireContents(db: Db, expected: Contents): Promise<void> {
  if (isDeepStrictEqual(await readContents(db), expected)) return
  throw new CopyError('copy_differs', 'The copy differs from its source, and was dropped. Try again.')
}

/** Throws CopyError `target_not_empty` if any table holds a row. */
export async function requireEmpty(db: Db, place = 'TO_URL: the database'): Promise<void> {
  for (const table of TARGETS)
    if (await db.selectFrom(table).select(sql`1`.as('one')).limit(1).executeTakeFirst())
      throw new CopyError(
        'target_not_empty',
        `${place} holds ${table.replace('_', ' ')} already. Copy into an empty one, or drop what it holds: --replace`,
      )
}

const TARGETS = Object.keys(TABLES) as Table[]

/** Keeps other connections from writing to the target. In SQLite the transaction itself holds the only write lock. */
async function lock(to: Db): Promise<void> {
  if (to.getExecutor().adapter instanceof PostgresAdapter)
    await sql`lock table ${list(TARGETS.map((table) => sql.table(table)))} in exclusive mode`.execute(to)
}

async function insert(to: Db, table: Table, rows: Row[]): Promise<void> {
  await to
    .insertInto(table)
    // The rows come from the same table of the other database, so they have the type of this table.
    .values(rows as never)
    .execute()
}

type Table = keyof typeof TABLES
type Row = Record<string, string | number>

/** The number of rows of a table, and a digest of all of them. */
type Content = { rows: number; digest: string }
export type Contents = Record<Table, Content>

/** Rows that are read and written at once. SQLite takes at most 32,766 parameters, PostgreSQL 65,535. */
const BATCH = 1_000

/** Reads all tables. `each` is called with up to a thousand rows at a time, and with referenced tables first. */
async function readContents(
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

/** The sum of the rows' SHA-256. It does not depend on the order of rows, since two databases may sort text differently. */
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
