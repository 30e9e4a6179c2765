import { DatabaseSync } from 'node:sqlite'
import { startSystem } from '@signet/testing/system'
import { expect, test } from 'vitest'
import { describeDatabases } from '../../test/databases.ts'
import { listOrders } from '../orders/queries.ts'
import { listUsers } from '../users/queries.ts'
import { seed } from './sample-data.ts'

describeDatabases('the sample data', (create) => {
  test('has fifty users and two hundred past orders of the given application, the same in every database', async () => {
    const one = await (await create()).open()
    const two = await (await create()).open()
    expect(await seed(one, { createdBy: 'all' })).toBe(true)
    await seed(two, { createdBy: 'all' })
    const users = await listUsers(one, { limit: 500 })
    const orders = await listOrders(one, { limit: 500 })
    expect([users, orders]).toEqual([
      await listUsers(two, { limit: 500 }),
      await listOrders(two, { limit: 500 }),
    ])
    expect([users.length, orders.length]).toEqual([50, 200])
    expect(users.filter(({ email }) => !/^[a-z]+\.[a-z]+@example\.(com|org)$/.test(email))).toEqual([])
    expect(orders.filter(({ createdBy, createdAt }) => createdBy !== 'all' || createdAt > '2026')).toEqual([])
    expect(new Set(orders.map(({ userId }) => userId)).size).toBe(50)
  })

  test('is written once', async () => {
    const db = await (await create()).open()
    await seed(db, { createdBy: 'all' })
    expect(await seed(db, { createdBy: 'all' })).toBe(false)
    expect(await listOrders(db, { limit: 500 })).toHaveLength(200)
  })

  test('is written completely or not at all', async () => {
    const db = await (await create()).open()
    await db.schema.alterTable('orders').renameTo('orders_away').execute()
    await expect(seed(db, { createdBy: 'all' })).rejects.toThrow()
    expect(await listUsers(db, { limit: 500 })).toEqual([])
    await db.schema.alterTable('orders_away').renameTo('orders').execute()
    expect(await seed(db, { createdBy: 'all' })).toBe(true)
  })

  test('is not written to a database with users', async () => {
    const db = await (await create()).open()
    const user = { id: 'own', name: 'Own User', email: 'own@example.com' }
    await db.insertInto('users').values(user).execute()
    expect(await seed(db, { createdBy: 'all' })).toBe(false)
    expect(await listUsers(db, { limit: 500 })).toMatchObject([user])
  })
})

test.each([
  ['unset', '', 0],
  ['true', 'true', 50],
])('is written at the start of the API only if asked for: SAMPLE_DATA %s', async (_, SAMPLE_DATA, count) => {
  const system = await startSystem({ env: { api: { SAMPLE_DATA } } })
  try {
    expect(usersIn(system.file('signet.sqlite'))).toBe(count)
  } finally {
    await system.stop()
  }
})

function usersIn(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    return Number(database.prepare('select count(*) as users from users').get()?.users)
  } finally {
    database.close()
  }
}
