import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { cleanUp } from '@signet/testing/clean-up'
import { expect, test } from 'vitest'
import type { Report } from '../../test/concurrent-writer.ts'
import { describeDatabases } from '../../test/databases.ts'
import { listOrders } from '../orders/queries.ts'
import { listUsers } from '../users/queries.ts'
import { openDatabase, ping } from './open.ts'

describeDatabases('a database', (create) => {
  test('answers a ping until it is closed', async () => {
    const db = await (await create()).open()
    await expect(ping(db)).resolves.toBeUndefined()
    await db.destroy()
    await expect(ping(db)).rejects.toThrow()
  })

  test('has the same rows when it is opened again', async () => {
    const database = await create()
    const user = { id: 'u-1', name: 'Some One', email: 'some.one@example.com' }
    await (await database.open()).insertInto('users').values(user).execute()
    expect(await (await database.open()).selectFrom('users').selectAll().execute()).toMatchObject([user])
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

describeDatabases('processes that start at once', (create) => {
  test('make one schema, write the sample data once, and one order for each key', async () => {
    const database = await create()
    const processes = await Promise.all([1, 2, 3].map(() => startWriter(database.url)))
    const inputs = Array.from({ length: 40 }, (_, index) => ({
      userId: 'u-001',
      item: `Item ${index}`,
      quantity: 1,
    }))
    const reports = await Promise.all(
      processes.map(async (writer): Promise<Report> => {
        writer.send(inputs)
        const [report] = await Promise.race([once(writer, 'message'), endOf(writer)])
        return report
      }),
    )
    const [first, ...others] = reports.map(({ ids }) => ids)
    expect(others).toEqual([first, first])
    expect(reports.filter(({ seeded }) => seeded)).toHaveLength(1)
    const db = await database.open()
    expect(await listUsers(db, { limit: 500 })).toHaveLength(50)
    expect(await listOrders(db, { limit: 500 })).toHaveLength(240)
  })
})

async function startWriter(url: string) {
  const writer = fork(join(import.meta.dirname, '../../test/concurrent-writer.ts'), {
    env: { ...process.env, DATABASE_URL: url },
  })
  cleanUp(() => writer.kill())
  await once(writer, 'message')
  return writer
}

/** Rejects when the process ends. */
async function endOf(writer: ChildProcess): Promise<never> {
  const [code] = await once(writer, 'exit')
  throw new Error(`a process has ended early (${code})`)
}
