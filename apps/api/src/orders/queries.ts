import { isForeignKeyViolation } from '../database/error-codes.ts'
import { OrderError } from '../database/errors.ts'
import type { Database, Db, Order, OrderInput } from '../database/schema.ts'
import { uuidV7 } from '../database/uuid-v7.ts'
import { claimKey } from './idempotency.ts'

export type OrderQuery = {
  limit: number
  after?: string | undefined
  userId?: string | undefined
  order?: 'asc' | 'desc' | undefined
}
export type OrderContext = {
  /** The caller's application ID. */
  createdBy: string
  requestId: string
  idempotencyKey?: string | undefined
  now?: (() => number) | undefined
}

type OrderRow = Database['orders']

/** An order as the public sees it: who wrote it, but not in which request. */
const PUBLIC_COLUMNS = [
  'id',
  'user_id as userId',
  'item',
  'quantity',
  'created_at as createdAt',
  'created_by as createdBy',
] as const

/**
 * At most `limit` orders, sorted by ID, which is by age: `asc` (the default) is oldest first. The list begins with the
 * order that follows the ID `after` in this direction.
 */
export async function listOrders(
  db: Db,
  { limit, after, userId, order = 'asc' }: OrderQuery,
): Promise<Order[]> {
  let query = db.selectFrom('orders').select(PUBLIC_COLUMNS).orderBy('id', order).limit(limit)
  if (after !== undefined) query = query.where('id', order === 'asc' ? '>' : '<', after)
  if (userId !== undefined) query = query.where('user_id', '=', userId)
  return await query.execute()
}

export async function findOrder(db: Db, id: string): Promise<Order | undefined> {
  return await db.selectFrom('orders').select(PUBLIC_COLUMNS).where('id', '=', id).executeTakeFirst()
}

/**
 * Writes an order, once for each `idempotencyKey` of a caller within 24 hours: a repetition, even one that comes while
 * the first is still being written, gets the first one's order.
 *
 * @throws OrderError `unknown_user`, or `idempotency_key_reused` when the key came with another input before
 */
export async function createOrder(
  db: Db,
  input: OrderInput,
  { createdBy, requestId, idempotencyKey, now = Date.now }: OrderContext,
): Promise<Order> {
  const milliseconds = now()
  const row: OrderRow = {
    id: uuidV7(milliseconds),
    user_id: input.userId,
    item: input.item,
    quantity: input.quantity,
    created_at: new Date(milliseconds).toISOString(),
    created_by: createdBy,
    request_id: requestId,
  }
  return await db.transaction().execute(async (transaction) => {
    if (idempotencyKey === undefined) return await insertOrder(transaction, row)
    const claim = { caller: createdBy, key: idempotencyKey, input, orderId: row.id, milliseconds }
    const orderId = await claimKey(transaction, claim)
    return orderId === row.id ? await insertOrder(transaction, row) : await readOrder(transaction, orderId)
  })
}

async function readOrder(db: Db, id: string): Promise<Order> {
  return await db.selectFrom('orders').select(PUBLIC_COLUMNS).where('id', '=', id).executeTakeFirstOrThrow()
}

async function insertOrder(db: Db, row: OrderRow): Promise<Order> {
  try {
    return await db.insertInto('orders').values(row).returning(PUBLIC_COLUMNS).executeTakeFirstOrThrow()
  } catch (cause) {
    // The user is the one row that an order refers to. A look-up beforehand would cost a query and still race.
    if (isForeignKeyViolation(cause)) throw new OrderError('unknown_user', 'No user has this ID', { cause })
    throw cause
  }
}
