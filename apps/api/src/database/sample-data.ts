import { createHash } from 'node:crypto'
import type { Db } from './schema.ts'
import { ITEMS, NAMES } from './seed-data.ts'
import { uuidV7 } from './uuid-v7.ts'

const ORDERS = 200
const FIRST_ORDER = Date.UTC(2025, 0, 6, 8, 30)
const BETWEEN_ORDERS = 43 * 60 * 60 * 1_000 + 17 * 60 * 1_000

/**
 * Fills a database without users with fifty of them and two hundred orders, always the same ones. Of two processes
 * that start at once one does it: the other one's rows meet the same IDs and are dropped.
 *
 * @param createdBy the application ID that the orders are booked under
 * @returns whether it was this process that did it
 */
export async function seed(db: Db, { createdBy }: { createdBy: string }): Promise<boolean> {
  return await db.transaction().execute(async (transaction) => {
    if (await transaction.selectFrom('users').select('id').limit(1).executeTakeFirst()) return false
    const users = NAMES.map(user)
    const orders = Array.from({ length: ORDERS }, (_, index) => order(index, createdBy))
    const written = await transaction
      .insertInto('users')
      .values(users)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    await transaction
      .insertInto('orders')
      .values(orders)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    return Boolean(written.numInsertedOrUpdatedRows)
  })
}

function user(name: string, index: number) {
  // NFKD takes the accents off their letters, so that the email address is ASCII.
  const local = name
    .normalize('NFKD')
    .replace(/[^A-Za-z ]/g, '')
    .toLowerCase()
    .replaceAll(' ', '.')
  return { id: userId(index), name, email: `${local}@example.${index % 2 === 0 ? 'com' : 'org'}` }
}

function order(index: number, createdBy: string) {
  const milliseconds = FIRST_ORDER + index * BETWEEN_ORDERS
  const random = createHash('sha256').update(`order ${index}`).digest().subarray(0, 10)
  return {
    id: uuidV7(milliseconds, random),
    // 7 and 50 have no common factor: the orders go round all users before the first one's second.
    user_id: userId((index * 7) % NAMES.length),
    item: ITEMS[(index * 5) % ITEMS.length] ?? '',
    quantity: 1 + ((index * 3) % 7),
    created_at: new Date(milliseconds).toISOString(),
    created_by: createdBy,
    request_id: 'seed',
  }
}

function userId(index: number): string {
  return `u-${String(index + 1).padStart(3, '0')}`
}
