import { expect, test } from 'vitest'
import { describeDatabases, describePostgres } from '../../test/databases.ts'
import { seed } from '../database/sample-data.ts'
import { createOrder, listOrders } from './queries.ts'

const HOUR = 3_600_000
const input = { userId: 'u-001', item: 'Mug, 300 ml', quantity: 4 }
const keyed = { createdBy: 'all', requestId: 'first', idempotencyKey: 'key-1' }

describeDatabases('an idempotency key', (create) => {
  async function seeded() {
    const db = await (await create()).open()
    await seed(db, { createdBy: 'all' })
    return db
  }

  test('makes one order for a call and its repetition', async () => {
    const db = await seeded()
    const first = await createOrder(db, input, keyed)
    const again = await createOrder(
      db,
      { quantity: 4, item: 'Mug, 300 ml', userId: 'u-001' },
      { ...keyed, requestId: 'again' },
    )
    expect(again).toEqual(first)
    expect(await listOrders(db, { limit: 500 })).toHaveLength(201)
  })

  test('makes one order for twenty calls at once', async () => {
    const db = await seeded()
    const orders = await Promise.all(Array.from({ length: 20 }, () => createOrder(db, input, keyed)))
    expect(new Set(orders.map(({ id }) => id)).size).toBe(1)
    expect(await listOrders(db, { limit: 500 })).toHaveLength(201)
  })

  test.each([{ userId: 'u-002' }, { item: 'Mug' }, { quantity: 5 }])(
    'is refused with another body: %o',
    async (change) => {
      const db = await seeded()
      await createOrder(db, input, keyed)
      await expect(createOrder(db, { ...input, ...change }, keyed)).rejects.toMatchObject({
        name: 'OrderError',
        code: 'idempotency_key_reused',
      })
      expect(await listOrders(db, { limit: 500 })).toHaveLength(201)
    },
  )

  test.each([
    [
      { item: 'Mug 1', quantity: 12 },
      { item: 'Mug 11', quantity: 2 },
    ],
    [
      { userId: 'u-001', item: 'Mug' },
      { userId: 'u-0', item: '01Mug' },
    ],
    [
      { userId: 'u-001', item: 'Mug,cup' },
      { userId: 'u-001,Mug', item: 'cup' },
    ],
    [
      { userId: 'u-001', item: '"Mug","cup"' },
      { userId: 'u-001","Mug', item: 'cup' },
    ],
  ])('is refused with a body that has the same characters in other fields: %o, %o', async (one, other) => {
    const db = await seeded()
    await createOrder(db, { ...input, ...one }, keyed)
    await expect(createOrder(db, { ...input, ...other }, keyed)).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    })
  })

  test('belongs to one caller', async () => {
    const db = await seeded()
    const callers = ['all', 'other', 'third'].map((createdBy) => ({ ...keyed, createdBy }))
    const place = () =>
      Promise.all(callers.map((context) => createOrder(db, { ...input, item: context.createdBy }, context)))
    const first = await place()
    expect(first.map(({ createdBy, item }) => [createdBy, item])).toEqual([
      ['all', 'all'],
      ['other', 'other'],
      ['third', 'third'],
    ])
    expect(await place()).toEqual(first)
  })

  test('is kept for 24 hours, then free again, and its row is deleted', async () => {
    const db = await seeded()
    const at = (hours: number) => ({ ...keyed, now: () => Date.UTC(2026, 0, 1) + hours * HOUR })
    const first = await createOrder(db, input, at(0))
    expect((await createOrder(db, input, at(23.99))).id).toBe(first.id)
    const later = await createOrder(db, { ...input, quantity: 1 }, at(24))
    expect(later.id).not.toBe(first.id)
    await createOrder(db, input, { ...at(49), idempotencyKey: 'key-2' })
    expect(await db.selectFrom('idempotency_keys').select('key').execute()).toEqual([{ key: 'key-2' }])
  })

  test('is stored with a SHA-256 digest of the body, without the body itself', async () => {
    const db = await seeded()
    await createOrder(db, input, keyed)
    const [row] = await db.selectFrom('idempotency_keys').selectAll().execute()
    expect(row).toMatchObject({
      caller: 'all',
      key: 'key-1',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })
})

describePostgres('an idempotency key on two pools (PostgreSQL)', (create) => {
  test('makes a duplicate wait for the first one, and gives it the first one’s order', async () => {
    const database = await create()
    const [one, two] = [await database.open(), await database.open()]
    await seed(one, { createdBy: 'all' })
    const [orders, others] = await Promise.all(
      [one, two].map((db) => Promise.all(Array.from({ length: 8 }, () => createOrder(db, input, keyed)))),
    )
    expect(new Set([...(orders ?? []), ...(others ?? [])].map(({ id }) => id)).size).toBe(1)
    expect(await listOrders(one, { limit: 500 })).toHaveLength(201)
  })

  test('is free for a waiting duplicate when the first one is rolled back', async () => {
    const database = await create()
    const [one, two] = [await database.open(), await database.open()]
    await seed(one, { createdBy: 'all' })
    const { promise: held, resolve: hold } = Promise.withResolvers<void>()
    const { promise: freed, resolve: free } = Promise.withResolvers<void>()
    const first = one.transaction().execute(async (transaction) => {
      const row = {
        caller: 'all',
        key: 'key-1',
        digest: 'other',
        order_id: 'x',
        created_at: new Date().toISOString(),
      }
      await transaction.insertInto('idempotency_keys').values(row).execute()
      hold()
      await freed
      throw new Error('rolled back')
    })
    await held
    const second = createOrder(two, input, keyed)
    free()
    await expect(first).rejects.toThrow('rolled back')
    await expect(second).resolves.toMatchObject(input)
  })
})
