import { expect, test } from 'vitest'
import { describeDatabases } from '../../test/databases.ts'
import { openDatabase, ping } from './open.ts'

describeDatabases('a database', (create) => {
  test('answers a ping, and does not once it is closed', async () => {
    const db = await (await create()).open()
    await expect(ping(db)).resolves.toBeUndefined()
    await db.destroy()
    await expect(ping(db)).rejects.toThrow()
  })

  test('is opened again as it was left', async () => {
    const database = await create()
    const user = { id: 'u-1', name: 'Some One', email: 'some.one@example.com' }
    await (await database.open()).insertInto('users').values(user).execute()
    expect(await (await database.open()).selectFrom('users').selectAll().execute()).toEqual([user])
  })
})

test.each([
  '',
  'file:',
  'data/signet.sqlite',
  'mysql://root:hunter2@localhost/test',
  'postgres:hunter2',
  'postgres://user:hunter2@host:port/test',
])('refuses the URL %j without repeating it', async (url) => {
  const error = await openDatabase({ url }).catch((error) => error)
  expect(error).toMatchObject({
    code: 'database_url_invalid',
    message: expect.stringMatching(/^DATABASE_URL must be/),
  })
  expect(error.message).not.toContain('hunter2')
})
