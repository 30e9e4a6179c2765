import { DatabaseSync } from 'node:sqlite'
import { applicationOf, documentedToken } from '@signet/testing/application'
import { startSystem } from '@signet/testing/system'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { startBuyers } from './buyers.ts'

const system = await startSystem({ env: { api: { RATE_LIMIT: '100000' } } })
afterAll(system.stop)

test('the API is killed again and again while orders are placed, and the books balance', async () => {
  const token = documentedToken(applicationOf(system, 'app-two'))
  const buyers = startBuyers({ ...system, token })

  for (let times = 0; times < 3; times++) {
    await buyers.confirm(15)
    await system.api.kill()
    await system.api.start()
  }
  await buyers.confirm(15)
  const confirmed = await buyers.stop()

  expect(buyers.unanswered()).toBeGreaterThan(3)
  expect(buyers.refusals).toEqual([])
  const books = new DatabaseSync(system.file('signet.sqlite'), { readOnly: true })
  onTestFinished(() => books.close())
  const ordered = "select item, id from orders where request_id <> 'seed' order by item"
  expect(books.prepare(ordered).all()).toEqual(confirmed)
})
