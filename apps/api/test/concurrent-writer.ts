import { openDatabase } from '../src/database/open.ts'
import { seed } from '../src/database/sample-data.ts'
import { createOrder } from '../src/orders/queries.ts'
import type { NewOrder } from '../src/schemas.ts'

/** One of several processes that start at once with the same DATABASE_URL and get the same orders. */
export type Report = { seeded: boolean; ids: string[] }

process.once('message', async (inputs: NewOrder[]) => {
  // A busy machine may need more time for all these orders than the time limit of a request.
  const timeouts = { connection: 60_000, statement: 60_000 }
  const url = process.env.DATABASE_URL ?? ''
  const db = await openDatabase({ url, timeouts, lockTimeout: 60_000 })
  const seeded = await seed(db, { createdBy: 'all' })
  const orders = inputs.map((input, index) =>
    createOrder(db, input, {
      createdBy: 'all',
      requestId: String(process.pid),
      idempotencyKey: `key-${index}`,
    }),
  )
  const report: Report = { seeded, ids: (await Promise.all(orders)).map(({ id }) => id) }
  await db.destroy()
  process.send?.(report)
})
process.send?.('ready')
