import { type KyselyPlugin, sql } from 'kysely'
import { expect, test } from 'vitest'
import { describeDatabases } from '../../test/databases.ts'
import type { Db } from '../database/db.ts'
import { seed } from '../database/sample-data.ts'
import { createOrder, listOrders } from '../orders/queries.ts'
import { listUsers } from '../users/queries.ts'
import { copyDatabase } from './copy.ts'

describeDatabases('a copy of a database', (create) => {
  const open = async () => await (await create()).open()
  const orders = async (db: Db) => await listOrders(db, { limit: 5_000 })

  test('has all rows of its source, and its idempotency keys still work', async () => {
    const [source, target] = [await open(), await open()]
    await seed(source, { createdBy: 'all' })
    const input = { userId: 'u-001', item: 'Tea', quantity: 1 }
    const context = { createdBy: 'all', requestId: 'r', idempotencyKey: 'k' }
    const order = await createOrder(source, input, context)

    const contents = await copyDatabase(source, target)

    expect(Object.entries(contents).map(([table, { rows }]) => [table, rows])).toEqual([
      ['users', 50],
      ['orders', 201],
      ['idempotency_keys', 1],
    ])
    expect(await listUsers(target, { limit: 500 })).toEqual(await listUsers(source, { limit: 500 }))
    expect(await orders(target)).toEqual(await orders(source))
    expect(await createOrder(target, input, context)).toEqual(order)
  })

  test('has every row of tables that are read in several batches', async () => {
    const [source, target] = [await open(), await open()]
    await seed(source, { createdBy: 'all' })
    const [row] = await source.selectFrom('orders').selectAll().limit(1).execute()
    const id = (number: number) => `more-${String(number).padStart(4, '0')}`
    const more = Array.from({ length: 2_300 }, (_, number) => ({
      ...(row as NonNullable<typeof row>),
      id: id(number),
    }))
    await source.insertInto('orders').values(more).execute()
    const keys = more.map(({ id }, number) => ({
      ...{
        caller: `caller ${number % 3}`,
        key: String(number),
        digest: 'd',
        order_id: id,
        created_at: 'now',
      },
    }))
    await source.insertInto('idempotency_keys').values(keys).execute()

    const contents = await copyDatabase(source, target)

    expect(await orders(target)).toEqual(await orders(source))
    expect(contents).toMatchObject({ orders: { rows: 2_500 }, idempotency_keys: { rows: 2_300 } })
  })

  test('is one state of its source, even if others write to it meanwhile', async () => {
    const database = await create()
    const [source, writer, target] = [await database.open(), await database.open(), await open()]
    await seed(source, { createdBy: 'all' })
    const before = await orders(source)
    let late: Promise<unknown> | undefined
    const write = () =>
      createOrder(writer, { userId: 'u-001', item: 'Tea', quantity: 1 }, { createdBy: 'all', requestId: 'r' })
    // The first insert into the target ends only after the other write.
    const writeMeanwhile: KyselyPlugin = {
      transformQuery: ({ node }) => {
        if (node.kind === 'InsertQueryNode') late ??= write()
        return node
      },
      transformResult: async ({ result }) => {
        await late
        return result
      },
    }

    await copyDatabase(source, target.withPlugin(writeMeanwhile))

    await expect(late).resolves.toMatchObject({ item: 'Tea' })
    expect(await orders(target)).toEqual(before)
    expect(await orders(source)).toHaveLength(201)
  })

  test.each(['users', 'orders', 'idempotency_keys'] as const)(
    'does not replace %s in its target without `replace`',
    async (table) => {
      const [source, target] = [await open(), await open()]
      await seed(source, { createdBy: 'all' })
      await seed(target, { createdBy: 'other' })
      await createOrder(
        target,
        { userId: 'u-001', item: 'Tea', quantity: 1 },
        { createdBy: 'other', requestId: 'r', idempotencyKey: 'k' },
      )
      await leaveOnly(target, table)
      const before = await target.selectFrom(table).selectAll().execute()

      await expect(copyDatabase(source, target)).rejects.toMatchObject({ code: 'target_not_empty' })
      expect(await target.selectFrom(table).selectAll().execute()).toEqual(before)

      await copyDatabase(source, target, { replace: true })
      expect(await orders(target)).toEqual(await orders(source))
      expect(await target.selectFrom('idempotency_keys').selectAll().execute()).toEqual([])
    },
  )

  test('is dropped if it differs from its source, and the target is unchanged', async () => {
    const [source, target] = [await open(), await open()]
    await seed(source, { createdBy: 'all' })
    await target.insertInto('users').values({ id: 'own', name: 'Own', email: 'own' }).execute()
    await spoilNames(target)

    const copying = copyDatabase(source, target, { replace: true })

    await expect(copying).rejects.toMatchObject({ code: 'copy_differs' })
    expect(await listUsers(target, { limit: 500 })).toMatchObject([{ id: 'own', name: 'Own', email: 'own' }])
  })
})

/** Empties the other tables, with foreign keys switched off. */
async function leaveOnly(db: Db, table: 'users' | 'orders' | 'idempotency_keys'): Promise<void> {
  if (isPostgres(db)) await sql`alter table orders disable trigger all`.execute(db)
  if (isPostgres(db)) await sql`alter table users disable trigger all`.execute(db)
  if (!isPostgres(db)) await sql`pragma foreign_keys = off`.execute(db)
  for (const other of ['idempotency_keys', 'orders', 'users'] as const)
    if (other !== table) await db.deleteFrom(other).execute()
  if (isPostgres(db)) await sql`alter table orders enable trigger all`.execute(db)
  if (isPostgres(db)) await sql`alter table users enable trigger all`.execute(db)
  if (!isPostgres(db)) await sql`pragma foreign_keys = on`.execute(db)
}

/** Makes the database change each name that is inserted from now on. */
async function spoilNames(db: Db): Promise<void> {
  if (isPostgres(db)) {
    await sql`create function spoil() returns trigger language plpgsql as
      $$ begin new.name = upper(new.name); return new; end $$`.execute(db)
    await sql`create trigger spoil before insert on users for each row execute function spoil()`.execute(db)
  } else {
    await sql`create trigger spoil after insert on users
      begin update users set name = upper(name) where id = new.id; end`.execute(db)
  }
}

const isPostgres = (db: Db) => db.getExecutor().adapter.constructor.name !== 'NodeSqliteAdapter'
