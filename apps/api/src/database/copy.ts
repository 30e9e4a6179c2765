import type { Insertable } from 'kysely'
import type { Database, Db } from './schema.ts'

/** In the order in which they refer to each other. */
const TABLES = ['users', 'orders', 'idempotency_keys'] as const

/** Rows that go in one statement: SQLite takes 32,766 parameters at most, PostgreSQL 65,535. */
const BATCH = 1_000

/** The target already holds users: copying into it would mix two databases. */
export class TargetNotEmptyError extends Error {
  override readonly name = 'TargetNotEmptyError'
  readonly code = 'target_not_empty'
}

/**
 * Copies every row from one database to another, all or nothing, and returns how many. SQLite's writers wait meanwhile.
 *
 * @throws TargetNotEmptyError
 */
export async function copyDatabase(source: Db, target: Db): Promise<number> {
  return await source
    .transaction()
    .execute((from) => target.transaction().execute((to) => copyTables(from, to)))
}

async function copyTables(from: Db, to: Db): Promise<number> {
  if (await to.selectFrom('users').select('id').limit(1).executeTakeFirst())
    throw new TargetNotEmptyError('The target holds users already. Copy into an empty database.')
  let copied = 0
  for (const table of TABLES) {
    const rows = (await from.selectFrom(table).selectAll().execute()) as Insertable<Database[typeof table]>[]
    for (let start = 0; start < rows.length; start += BATCH)
      await to
        .insertInto(table)
        .values(rows.slice(start, start + BATCH))
        .execute()
    copied += rows.length
  }
  return copied
}
