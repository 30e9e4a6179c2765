import { expect, test } from 'vitest'
import { describeDatabases } from '../../test/databases.ts'
import { seed } from '../database/sample-data.ts'
import { findUser, listUsers } from './queries.ts'

describeDatabases('users', (create) => {
  async function seeded() {
    const db = await (await create()).open()
    await seed(db, { createdBy: 'all' })
    return db
  }

  test('are sorted by ID, and each page begins after the previous one', async () => {
    const db = await seeded()
    await db
      .insertInto('users')
      .values({ id: 'u-000', name: 'Late Comer', email: 'late@example.com' })
      .execute()
    const first = await listUsers(db, { limit: 3 })
    const second = await listUsers(db, { limit: 2, after: 'u-002' })
    const last = await listUsers(db, { limit: 2, after: 'u-049' })
    expect([first, second, last].map((page) => page.map(({ id }) => id))).toEqual([
      ['u-000', 'u-001', 'u-002'],
      ['u-003', 'u-004'],
      ['u-050'],
    ])
  })

  test('have an ID, a name and an email only', async () => {
    const db = await seeded()
    const [first] = await listUsers(db, { limit: 1 })
    expect(Object.keys(first ?? {})).toEqual(['id', 'name', 'email'])
    expect(await findUser(db, 'u-001')).toEqual(first)
  })

  test('are found by a part of the name or of the email, in any case, beyond ASCII too', async () => {
    const db = await seeded()
    const ids = async (search: string) => (await listUsers(db, { limit: 100, search })).map(({ id }) => id)
    expect(await ids('LANTERNWRIGHT')).toEqual(['u-002'])
    expect(await ids('élodie')).toEqual(['u-015'])
    expect(await ids('ÉLODIE')).toEqual(['u-015'])
    expect(await ids('.LANTERNWRIGHT@')).toEqual(['u-002'])
    expect(await ids('EXAMPLE.COM')).toHaveLength(25)
    expect(await ids('no such name')).toEqual([])
  })

  test('are found page by page with a search, too', async () => {
    const db = await seeded()
    const found = await listUsers(db, { search: 'example.com', limit: 1, after: 'u-001' })
    expect(found.map(({ id }) => id)).toEqual(['u-003'])
  })

  test.each(['%', '_', '\\', "'"])('are searched for %s literally', async (search) => {
    const db = await seeded()
    expect(await listUsers(db, { limit: 100, search })).toEqual([])
    const odd = { id: 'u-odd', name: `An odd ${search} name`, email: 'odd@example.com' }
    await db.insertInto('users').values(odd).execute()
    expect(await listUsers(db, { limit: 100, search })).toMatchObject([odd])
    expect(await listUsers(db, { limit: 100, search: `odd ${search}` })).toMatchObject([odd])
    // Twice, and in the other column.
    const address = { id: 'u-address', name: 'An Address', email: `a${search}${search}b@example.com` }
    await db
      .insertInto('users')
      .values([address, { id: 'u-like', name: 'axxb', email: 'axxb@example.com' }])
      .execute()
    expect(await listUsers(db, { limit: 100, search: `A${search}${search}b` })).toMatchObject([address])
    expect(await listUsers(db, { limit: 100, search: `${search}b@` })).toMatchObject([address])
    const name = { id: 'u-name', name: `c${search}${search}d`, email: 'name@example.com' }
    await db
      .insertInto('users')
      .values([name, { id: 'u-other', name: 'cxxd', email: 'other@example.com' }])
      .execute()
    expect(await listUsers(db, { limit: 100, search: `c${search}${search}D` })).toMatchObject([name])
  })

  test('are not found by an unknown ID', async () => {
    expect(await findUser(await seeded(), 'u-051')).toBeUndefined()
  })
})
