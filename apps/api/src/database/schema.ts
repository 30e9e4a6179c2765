import type { Kysely } from 'kysely'

/** What the public sees of a user. */
export type User = { id: string; name: string; email: string }

/** What the public sees of an order. `createdAt` is ISO 8601 in UTC, `createdBy` the application ID of its caller. */
export type Order = {
  id: string
  userId: string
  item: string
  quantity: number
  createdAt: string
  createdBy: string
}

/** What a caller says of an order; all else is ours. */
export type OrderInput = Pick<Order, 'userId' | 'item' | 'quantity'>

/** The tables as both databases hold them. All times are ISO 8601 text in UTC, so that they sort as they pass. */
export type Database = {
  users: User
  orders: {
    id: string
    user_id: string
    item: string
    quantity: number
    created_at: string
    created_by: string
    request_id: string
  }
  idempotency_keys: { caller: string; key: string; digest: string; order_id: string; created_at: string }
}

export type Db = Kysely<Database>
