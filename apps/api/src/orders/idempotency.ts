import { createHash } from 'node:crypto'
import type { Transaction } from 'kysely'
import type { Database, NewOrder } from '../schemas.ts'

export type OrderErrorCode = 'unknown_user' | 'idempotency_key_reused'

/** An order that its caller must change: the user does not exist (400), or the key was used for another body (422). */
export class OrderError extends Error {
  override readonly name = 'OrderError'
  readonly code: OrderErrorCode

  constructor(code: OrderErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

const KEPT_MILLISECONDS = 24 * 60 * 60 * 1_000

export type Claim = { caller: string; key: string; input: NewOrder; orderId: string; milliseconds: number }

/**
 * Claims a caller's idempotency key for an order, in the transaction that writes the order. While another transaction
 * holds the key, this one waits until the other has ended, because both insert a row with the same primary key.
 *
 * @returns the ID of the order that owns the key: the claim's own, or the first one's
 * @throws OrderError `idempotency_key_reused`
 */
export async function claimKey(transaction: Transaction<Database>, claim: Claim): Promise<string> {
  const { caller, key, orderId, milliseconds } = claim
  const digest = digestOf(claim.input)
  await deleteOldKeys(transaction, milliseconds)
  const claimed = await transaction
    .insertInto('idempotency_keys')
    .values({ caller, key, digest, order_id: orderId, created_at: new Date(milliseconds).toISOString() })
    .onConflict((conflict) => conflict.columns(['caller', 'key']).doNothing())
    .returning('order_id')
    .executeTakeFirst()
  if (claimed) return claimed.order_id
  const first = await transaction
    .selectFrom('idempotency_keys')
    .select(['digest', 'order_id'])
    .where('caller', '=', caller)
    .where('key', '=', key)
    .executeTakeFirstOrThrow()
  if (first.digest !== digest) {
    throw new OrderError('idempotency_key_reused', 'This Idempotency-Key was used with another body')
  }
  return first.order_id
}

/** Runs with every claim. So a key is free again after its time, and there is seldom more than one row to delete. */
async function deleteOldKeys(transaction: Transaction<Database>, milliseconds: number): Promise<void> {
  const limit = new Date(milliseconds - KEPT_MILLISECONDS).toISOString()
  await transaction.deleteFrom('idempotency_keys').where('created_at', '<=', limit).execute()
}

/** The input is validated, so it has these three members only. The array gives them a fixed order. */
function digestOf({ userId, item, quantity }: NewOrder): string {
  return createHash('sha256')
    .update(JSON.stringify([userId, item, quantity]))
    .digest('hex')
}
