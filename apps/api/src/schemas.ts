import { z } from 'zod'

/** What goes in and out, once: these schemas validate requests and make `/openapi.json`. */

const LIMIT = 'must be a whole number from 1 to 100'
const QUANTITY = 'must be a whole number from 1 to 1000'
const ID = 'must be an ID: letters, digits, - and _, 64 at most'

/** Printable text: neither database stores a NUL, and half a surrogate pair is no text. */
const line = (maximum: number) =>
  z
    .string('must be text')
    .max(maximum, `must not be longer than ${maximum} characters`)
    .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'must hold no control characters')

export const Id = z.string(ID).regex(/^[A-Za-z0-9_-]{1,64}$/, ID)

export const User = z
  .object({ id: Id, name: z.string(), email: z.email() })
  .meta({ id: 'User', examples: [{ id: 'u-001', name: 'Ada Lovelace', email: 'ada@example.com' }] })

export const NewOrder = z
  .strictObject({
    userId: Id,
    item: line(200).trim().min(1, 'must not be empty'),
    quantity: z.int(QUANTITY).min(1, QUANTITY).max(1000, QUANTITY),
  })
  .meta({ id: 'NewOrder', examples: [{ userId: 'u-001', item: 'Desk lamp', quantity: 2 }] })

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

/** Digits only: Number would also take `0x10`, `1e1` and an empty text. */
const digits = (value: unknown) => (/^\d{1,3}$/.test(String(value)) ? Number(value) : value)
const limit = z.int(LIMIT).min(1, LIMIT).max(100, LIMIT)

export const Page = z.object({
  limit: z
    .preprocess(digits, limit)
    .default(50)
    .meta({ description: 'The most entries that a page may have; 50 unless given' }),
  after: Id.optional().meta({ description: 'The ID of the last entry of the page before' }),
})

export const UserQuery = Page.extend({
  search: line(100).optional().meta({ description: 'Part of a name or email address, in any case' }),
})

const ORDER = 'must be asc or desc'

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

/** Chosen by the client, so that a repeated POST places one order (draft-ietf-httpapi-idempotency-key-header). */
export const IdempotencyHeader = z.object({
  'Idempotency-Key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/)
    .optional(),
})
