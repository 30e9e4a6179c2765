import { expect, test } from 'vitest'
import { copyDatabase, TargetNotEmptyError } from './copy.ts'
import { createOrder, listOrders } from './orders.ts'
import { seed } from './seed.ts'
import { describeDatabases } from './test-databases.ts'
import { listUsers } from './users.ts'

describeDatabases('a copy of a database', (create) => {
  test('has all that the first one had, and still knows its idempotency keys', async () => {
    const source = await (await create()).open()
    const target = await (await create()).open()
    await seed(source, { createdBy: 'desk' })
    const input = { userId: 'u-001', item: 'Tea', quantity: 1 }
    const context = { createdBy: 'desk', requestId: 'r', idempotencyKey: 'k' }
    const order = await createOrder(source, input, context)

    expect(await copyDatabase(source, target)).toBe(50 + 201 + 1)

    expect(await listUsers(target, { limit: 500 })).toEqual(await listUsers(source, { limit: 500 }))
    expect(await listOrders(target, { limit: 500 })).toEqual(await listOrders(source, { limit: 500 }))
    expect(await createOrder(target, input, context)).toEqual(order)
  })

  test('is not made over another database', async () => {
    const source = await (await create()).open()
    const target = await (await create()).open()
    await seed(target, { createdBy: 'other' })

    await expect(copyDatabase(source, target)).rejects.toThrow(TargetNotEmptyError)

    expect(await listOrders(target, { limit: 500 })).toHaveLength(200)
  })
})
