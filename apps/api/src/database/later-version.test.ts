import { type RawBuilder, sql } from 'kysely'
import { expect, test } from 'vitest'
import { describeDatabases, type TestDatabase } from '../../test/databases.ts'
import { openSource } from '../copy-database/source-and-target.ts'
import { createOrder, listOrders } from '../orders/queries.ts'
import { listUsers } from '../users/queries.ts'
import type { Db } from './db.ts'
import { seed } from './sample-data.ts'

const ADDED = sql`alter table orders add column note text`

describeDatabases('a database of a later version', (create) => {
  test('when the later version only added, then this version opens it, reads and writes', async () => {
    const database = await create()
    await migrateFurther(database, [
      ADDED,
      sql`alter table users add column active integer not null default 1`,
      sql`create table later (id text not null)`,
    ])

    const db = await database.open()
    const input = { userId: 'u-001', item: 'Desk', quantity: 1 }
    const order = await createOrder(db, input, { createdBy: 'all', requestId: 'r', idempotencyKey: 'key' })

    expect(await listUsers(db, { limit: 1 })).toHaveLength(1)
    expect(await listOrders(db, { limit: 500 })).toContainEqual(order)
    expect(await recordedMigrations(db)).toContain('9999_later')
  })

  test.each([
    ['a column is gone', sql`alter table orders drop column item`, 'orders.item is missing'],
    ['a column has another name', sql`alter table users rename name to title`, 'users.name is missing'],
    ['a table is gone', sql`drop table idempotency_keys`, 'idempotency_keys.caller is missing'],
  ])('when %s, then it is refused by name', async (_, change, obstacle) => {
    const database = await create()
    await migrateFurther(database, [change])

    await expect(database.open()).rejects.toMatchObject({
      code: 'database_unsuitable',
      message: expect.stringMatching(new RegExp(`later version \\(9999_later\\): .*${obstacle}`)),
    })
  })

  test('when a new column must be given a value, then it is refused by name', async () => {
    const database = await create()
    await migrateFurther(database, [
      sql`drop table idempotency_keys`,
      sql`create table idempotency_keys (caller text, key text, digest text, order_id text, created_at text, later text not null)`,
    ])

    await expect(database.open()).rejects.toMatchObject({
      message: expect.stringContaining('idempotency_keys.later must be given a value'),
    })
  })

  test('when it is copied, then it is refused, because the copy would lack the new column', async () => {
    const database = await create()
    await migrateFurther(database, [ADDED])

    await expect(openSource(database.url, 'file:never-made.sqlite')).rejects.toMatchObject({
      message: expect.stringContaining('was written by a later version (9999_later)'),
    })
  })
})

/** Does what a later version would do at its start. */
async function migrateFurther(
  database: TestDatabase,
  changes: readonly RawBuilder<unknown>[],
): Promise<void> {
  const db = await database.open()
  await seed(db, { createdBy: 'all' })
  for (const change of changes) await change.execute(db)
  const now = new Date().toISOString()
  await sql`insert into kysely_migration (name, timestamp) values ('9999_later', ${now})`.execute(db)
}

async function recordedMigrations(db: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db)
  return rows.map(({ name }) => name)
}
