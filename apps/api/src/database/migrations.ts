import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * In the order of their names. One that has been released is never changed: the next one changes what it made.
 * They know the schema of their time, hence `unknown` and not the Database of today.
 */
export const migrations: Record<string, Migration> = {
  '0001_users_and_orders': { up: usersAndOrders },
  '0002_idempotency_keys': { up: idempotencyKeys },
}

async function usersAndOrders(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('users')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('email', 'text', (column) => column.notNull().unique())
    .execute()
  await db.schema
    .createTable('orders')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id'))
    .addColumn('item', 'text', (column) => column.notNull())
    .addColumn('quantity', 'integer', (column) => column.notNull().check(sql`quantity > 0`))
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('request_id', 'text', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('orders_of_user').on('orders').columns(['user_id', 'id']).execute()
}

async function idempotencyKeys(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('idempotency_keys')
    .addColumn('caller', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('order_id', 'text', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('idempotency_keys_unique', ['caller', 'key'])
    // The key is claimed before its order is written, so the reference is looked at when both are committed.
    .addForeignKeyConstraint('idempotency_keys_order', ['order_id'], 'orders', ['id'], (constraint) =>
      constraint.onDelete('cascade').deferrable().initiallyDeferred(),
    )
    .execute()
  await db.schema.createIndex('idempotency_keys_age').on('idempotency_keys').column('created_at').execute()
}
