import { expect, test } from 'vitest'
import { describeDatabases } from '../../test/databases.ts'
import { seed } from '../database/sample-data.ts'
import { createOrder, findOrder, listOrders } from './queries.ts'

const input = { userId: 'u-007', item: 'Desk lamp', quantity: 2 }
const context = { createdBy: 'all', requestId: 'request-1' }

describeDatabases('orders', (create) => {
  async function seeded() {
    const db = await (await create()).open()
    await seed(db, { createdBy: 'all' })
    return db
  }

  test('have their caller and time, and do not show the request ID', async () => {
    const db = await seeded()
    const now = () => Date.UTC(2026, 1, 3, 4, 5, 6, 7)
    const order = await createOrder(db, input, { ...context, now })
    expect(order).toEqual({
      id: order.id,
      ...input,
      createdAt: '2026-02-03T04:05:06.007Z',
      createdBy: 'all',
    })
    expect(await findOrder(db, order.id)).toEqual(order)
    expect(await listOrders(db, { limit: 1, after: order.id })).toEqual([])
    const rows = await db.selectFrom('orders').select('request_id').where('id', '=', order.id).execute()
    expect(rows).toEqual([{ request_id: 'request-1' }])
  })

  test('are sorted by age, whenever they are written, and a new one comes last', async () => {
    const db = await seeded()
    const order = await createOrder(db, input, context)
    await createOrder(db, input, { ...context, now: () => Date.UTC(2025, 5, 1) })
    const all = await listOrders(db, { limit: 500 })
    expect(all.map(({ createdAt }) => createdAt)).toEqual(all.map(({ createdAt }) => createdAt).sort())
    expect(all.at(-1)).toEqual(order)
  })

  test.each(['asc', 'desc'] as const)('are each on one page: %s', async (order) => {
    const db = await seeded()
    const ids: string[] = []
    for (let after: string | undefined; ; after = ids.at(-1)) {
      const page = await listOrders(db, { limit: 90, after, order })
      if (page.length === 0) break
      ids.push(...page.map(({ id }) => id))
    }
    const all = (await listOrders(db, { limit: 500 })).map(({ id }) => id)
    expect(ids).toEqual(order === 'asc' ? all : all.toReversed())
  })

  test('are newest first on request, also those of one user', async () => {
    const db = await seeded()
    const order = await createOrder(db, input, context)
    const [first, second] = await listOrders(db, { limit: 2, order: 'desc' })
    expect(first).toEqual(order)
    expect(second?.createdAt).toBe((await listOrders(db, { limit: 500 })).at(-2)?.createdAt)
    const ofUser = await listOrders(db, { limit: 100, userId: input.userId, order: 'desc' })
    expect(ofUser).toEqual((await listOrders(db, { limit: 100, userId: input.userId })).toReversed())
  })

  test('of one user are not those of another user', async () => {
    const orders = await listOrders(await seeded(), { limit: 100, userId: 'u-007' })
    expect(orders.map(({ userId }) => userId)).toEqual(['u-007', 'u-007', 'u-007', 'u-007'])
  })

  test('are refused for a user who does not exist, and the idempotency key is still free', async () => {
    const db = await seeded()
    const keyed = { ...context, idempotencyKey: 'key' }
    await expect(createOrder(db, { ...input, userId: 'u-999' }, keyed)).rejects.toMatchObject({
      name: 'OrderError',
      code: 'unknown_user',
    })
    expect(await listOrders(db, { limit: 500 })).toHaveLength(200)
    await expect(createOrder(db, input, keyed)).resolves.toMatchObject(input)
  })

  test('have a quantity of at least one, even without validation', async () => {
    await expect(createOrder(await seeded(), { ...input, quantity: 0 }, context)).rejects.toThrow('quantity')
  })

  test('are not found by an unknown ID', async () => {
    expect(await findOrder(await seeded(), 'none')).toBeUndefined()
  })
})
