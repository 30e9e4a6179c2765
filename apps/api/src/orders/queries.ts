import { type Db, uuidV7 } from '../database/db.ts'
import { isForeignKeyViolation } from '../database/errors.ts'
import type { Database, NewOrder, Order, OrderQuery } from '../schemas.ts'
import { claimKey, OrderError } from './idempotency.ts'

export type OrderContext = {
  /** The caller's application ID. */
  createdBy: string
  requestId: string
  /** The ID of the request's trace (W3C Trace Context). */
  traceId?: string | undefined
  idempotencyKey?: string | undefined
  now?: (() => number) | undefined
}

type OrderRow = Database['orders']
/** Without `order` the oldest come first. */
type ListQuery = Omit<OrderQuery, 'order'> & { order?: OrderQuery['order'] }

/** The columns of an order that callers get. They do not get the IDs of the request that placed it. */
const PUBLIC_COLUMNS = [
  'id',
  'user_id as userId',
  'item',
  'quantity',
  'created_at as createdAt',
  'created_by as createdBy',
] as const

/**
 * At most `limit` orders, sorted by ID, which is by age. `asc` (the default) is oldest first. The list begins with the
 * order that comes after the ID `after` in this direction.
 */
export async function listOrders(
  db: Db,
  { limit, after, userId, order = 'asc' }: ListQuery,
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
 * Writes an order, once for each `idempotencyKey` of a caller within 24 hours. A repetition gets the first one's order,
 * even if it comes while the first one is still being written.
 *
 * @throws OrderError `unknown_user`, or `idempotency_key_reused` when the key was used with another input
 */
export async function createOrder(
  db: Db,
  input: NewOrder,
  { createdBy, requestId, traceId, idempotencyKey, now = Date.now }: OrderContext,
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
    trace_id: traceId ?? null,
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
    // An order refers to no other row than its user. A look-up beforehand would cost a query and still have a race.
    if (isForeignKeyViolation(cause)) throw new OrderError('unknown_user', 'No user has this ID', { cause })
    throw cause
  }
}
