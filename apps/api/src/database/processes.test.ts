import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { cleanUp } from '@signet/testing/clean-up'
import { expect, test } from 'vitest'
import type { Report } from '../../test/concurrent-writer.ts'
import { describeDatabases } from '../../test/databases.ts'
import { listOrders } from '../orders/queries.ts'
import { listUsers } from '../users/queries.ts'

describeDatabases('processes that start at once', (create) => {
  test('make one schema and one seed, and one order of each key', async () => {
    const database = await create()
    const processes = await Promise.all([1, 2, 3].map(() => startRival(database.url)))
    const inputs = Array.from({ length: 40 }, (_, index) => ({
      userId: 'u-001',
      item: `Item ${index}`,
      quantity: 1,
    }))
    const reports = await Promise.all(
      processes.map(async (rival): Promise<Report> => {
        rival.send(inputs)
        const [report] = await Promise.race([once(rival, 'message'), endOf(rival)])
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

async function startRival(url: string) {
  const rival = fork(join(import.meta.dirname, '../../test/concurrent-writer.ts'), {
    env: { ...process.env, DATABASE_URL: url },
  })
  cleanUp(() => rival.kill())
  await once(rival, 'message')
  return rival
}

/** Rejects when the process ends. */
async function endOf(rival: ChildProcess): Promise<never> {
  const [code] = await once(rival, 'exit')
  throw new Error(`a process has ended early (${code})`)
}
