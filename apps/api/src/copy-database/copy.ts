import { isDeepStrictEqual } from 'node:util'
import { PostgresAdapter, sql } from 'kysely'
import type { Db } from '../database/schema.ts'
import { type Contents, type Row, readContents, TABLES, type Table } from './digest.ts'

export type CopyErrorCode = 'target_not_empty' | 'copy_differs'

/** A copy that is refused or has failed. Nothing has changed. */
export class CopyError extends Error {
  override readonly name = 'CopyError'
  readonly code: CopyErrorCode

  constructor(code: CopyErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Copies every row from one database to another, reads the copy back, and returns what both hold: all or nothing. It
 * copies one state of the source, whose writers need not wait. What the target holds is replaced only if `replace` is set.
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

/** Reads a database, and compares it with what it should hold. Throws CopyError `copy_differs`. */
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

/** Nobody writes to the target meanwhile. SQLite's transaction has its only lock already. */
async function lock(to: Db): Promise<void> {
  if (to.getExecutor().adapter instanceof PostgresAdapter)
    await sql`lock table users, orders, idempotency_keys in exclusive mode`.execute(to)
}

async function insert(to: Db, table: Table, rows: Row[]): Promise<void> {
  await to
    .insertInto(table)
    // The rows are those of the same table in the other database.
    .values(rows as never)
    .execute()
}
