import { createHash } from 'node:crypto'
import type { Transaction } from 'kysely'
import { OrderError } from '../database/errors.ts'
import type { Database, OrderInput } from '../database/schema.ts'

const KEPT_MILLISECONDS = 24 * 60 * 60 * 1_000

export type Claim = { caller: string; key: string; input: OrderInput; orderId: string; milliseconds: number }

/**
 * Claims a caller's idempotency key for an order, in the transaction that writes the order. While another transaction
 * holds the key, this one waits until that has ended: the insert meets the other's row under the primary key.
 *
 * @returns the ID of the order that owns the key: the claim's own, or the first one's
 * @throws OrderError `idempotency_key_reused`
 */
export async function claimKey(transaction: Transaction<Database>, claim: Claim): Promise<string> {
  const { caller, key, orderId, milliseconds } = claim
  const digest = digestOf(claim.input)
  await forgetOldKeys(transaction, milliseconds)
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
    throw new OrderError('idempotency_key_reused', 'This Idempotency-Key came with another body before')
  }
  return first.order_id
}

/** Done with every claim, so that an old key is free again and there is seldom more than a row to remove. */
async function forgetOldKeys(transaction: Transaction<Database>, milliseconds: number): Promise<void> {
  const limit = new Date(milliseconds - KEPT_MILLISECONDS).toISOString()
  await transaction.deleteFrom('idempotency_keys').where('created_at', '<=', limit).execute()
}

/** The input is validated, so its three members are all there is; an array fixes their order. */
function digestOf({ userId, item, quantity }: OrderInput): string {
  return createHash('sha256')
    .update(JSON.stringify([userId, item, quantity]))
    .digest('hex')
}
