import { z } from 'zod'

/**
 * Users and orders as they are stored, received and sent, each described once. These schemas validate requests, describe
 * them in `/openapi.json`, and give the types.
 */

const LIMIT = 'must be a whole number from 1 to 100'
const QUANTITY = 'must be a whole number from 1 to 1000'
const IDS = 'must be at most 100 IDs'
const ID = 'must be an ID: letters, digits, - and _, 64 at most'

/** Printable text. PostgreSQL stores no NUL, and half of a surrogate pair is not valid Unicode. */
const line = (maximum: number) =>
  z
    .string('must be text')
    .max(maximum, `must not be longer than ${maximum} characters`)
    .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'must hold no control characters')

export const Id = z.string(ID).regex(/^[A-Za-z0-9_-]{1,64}$/, ID)

export type User = z.infer<typeof User>
export const User = z
  .object({ id: Id, name: z.string(), email: z.email() })
  .meta({ id: 'User', examples: [{ id: 'u-001', name: 'Ada Lovelace', email: 'ada@example.com' }] })

/** What a caller sends to place an order. */
export type NewOrder = z.infer<typeof NewOrder>
export const NewOrder = z
  .strictObject({
    userId: Id,
    item: line(200).trim().min(1, 'must not be empty'),
    quantity: z.int(QUANTITY).min(1, QUANTITY).max(1000, QUANTITY),
  })
  .meta({ id: 'NewOrder', examples: [{ userId: 'u-001', item: 'Desk lamp', quantity: 2 }] })

export type Order = z.infer<typeof Order>
export const Order = z
  .object({
    id: Id,
    userId: Id,
    item: z.string(),
    quantity: z.int(),
    createdAt: z.iso.datetime(),
    createdBy: z.string().meta({ description: 'The appId of the application that placed the order' }),
  })
  .meta({
    id: 'Order',
    examples: [
      {
        id: '01942f4a-7c00-7d3e-8a51-3f0b6f2c9d10',
        userId: 'u-001',
        item: 'Desk lamp',
        quantity: 2,
        createdAt: '2025-01-03T12:00:00.000Z',
        createdBy: 'pb5cQk2r8Tn1',
      },
    ],
  })

/** The tables, the same in both databases. All times are ISO 8601 text in UTC, so that text order is time order. */
export type Database = {
  users: User
  orders: {
    id: string
    user_id: string
    item: string
    quantity: number
    created_at: string
    created_by: string
    /** It leads from an order to the log lines of its request. */
    request_id: string
    /** It leads to the log lines of all services. Null in an order that has no request, or comes from an earlier version. */
    trace_id: string | null
  }
  idempotency_keys: { caller: string; key: string; digest: string; order_id: string; created_at: string }
}

/** The columns of each table, and how many of them are the key. A table comes after those that its rows refer to. */
export const TABLES = {
  users: { columns: User.keyof().options, key: 1 },
  orders: {
    columns: ['id', 'user_id', 'item', 'quantity', 'created_at', 'created_by', 'request_id', 'trace_id'],
    key: 1,
  },
  idempotency_keys: { columns: ['caller', 'key', 'digest', 'order_id', 'created_at'], key: 2 },
} as const satisfies {
  [Table in keyof Database]: { columns: readonly (keyof Database[Table])[]; key: number }
}

/** Digits only, since Number would also accept `0x10`, `1e1` and an empty text. */
const digits = (value: unknown) => (/^\d{1,3}$/.test(String(value)) ? Number(value) : value)
const limit = z.int(LIMIT).min(1, LIMIT).max(100, LIMIT)

/** The query of a list. As in a body, an unknown field is refused: a misspelt filter must not answer everything. */
export const Page = z.strictObject({
  limit: z
    .preprocess(digits, limit)
    .default(50)
    .meta({ description: 'The greatest number of entries in a page; the default is 50' }),
  after: Id.optional().meta({ description: 'The ID of the last entry of the previous page' }),
})

/** A parameter that is given once is a text, and a repeated one is an array of texts. */
const asArray = (value: unknown) => (typeof value === 'string' ? [value] : value)

export type UserQuery = z.infer<typeof UserQuery>
export const UserQuery = Page.extend({
  id: z
    .preprocess(asArray, z.array(Id, IDS).max(100, IDS).optional())
    .meta({ description: 'Only the users with these IDs. Repeat the parameter for each ID' }),
  search: line(100).optional().meta({ description: 'Part of a name or email address, in any case' }),
})

const ORDER = 'must be asc or desc'

export type OrderQuery = z.infer<typeof OrderQuery>
export const OrderQuery = Page.extend({
  userId: Id.optional(),
  order: z
    .enum(['asc', 'desc'], ORDER)
    .default('asc')
    .meta({ description: 'asc: the oldest order first; desc: the newest first' }),
})

export const Whoami = z
  .object({ appId: z.string(), name: z.string(), permissions: z.array(z.string()), keyId: z.string() })
  .meta({ id: 'Whoami' })

/**
 * Chosen by the client, so that a repeated POST places one order (draft-ietf-httpapi-idempotency-key-header). Node joins
 * a repeated header to `a, b`, and the schema refuses the space in it.
 */
export const IdempotencyHeader = z.object({
  'Idempotency-Key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/)
    .optional(),
})
