import { randomUUID } from 'node:crypto'
import {
  confirmedOrders,
  placeOrders,
  type RequestOutcome,
  repeatRequest,
  startTraffic,
} from '@signet/testing/traffic'
import { expect, test } from 'vitest'
import { applicationIn, openClients, tokenOf } from './callers.ts'
import { command, compose, containersOf, docker } from './docker.ts'

const { api } = await openClients()
const token = tokenOf(await applicationIn('app-two'))

test('the API is upgraded under load: no request fails, and no order is lost or doubled', async () => {
  const before = await containersOf('api')
  const { item, stop } = startLoad()

  await command('deploy/upgrade-api.sh')
  const outcomes = await stop()

  const after = await containersOf('api')
  expect(after).toHaveLength(2)
  expect(after.filter((id) => before.includes(id))).toEqual([])
  expect(outcomes.filter(({ failure }) => failure)).toEqual([])
  expect(outcomes.length).toBeGreaterThan(100)
  expect(await ordersInDatabase(item)).toEqual(idsOf(outcomes))
})

test('when a replica is killed under load, no request fails, and no order is lost or doubled', async () => {
  const [victim = ''] = await containersOf('api')
  const { item, stop } = startLoad()

  await docker('kill', victim)
  await compose('up', '--detach', '--no-deps', '--wait', 'api')
  const outcomes = await stop()

  expect(outcomes.filter(({ failure }) => failure)).toEqual([])
  expect(await ordersInDatabase(item)).toEqual(idsOf(outcomes))
})

/** Four callers read and two place orders, each one request after the other. All orders have the same item. */
function startLoad() {
  const item = randomUUID()
  const readers = Array.from({ length: 4 }, () => repeatRequest(api, '/users?limit=5', { token }))
  const buyers = Array.from({ length: 2 }, () => placeOrders(api, { token, item }))
  const { stop } = startTraffic([...readers, ...buyers], { pause: 0 })
  return { item, stop }
}

/** The IDs of the confirmed orders. */
function idsOf(outcomes: readonly RequestOutcome[]): string[] {
  return confirmedOrders(outcomes)
    .map(({ id = '' }) => id)
    .sort()
}

async function ordersInDatabase(item: string): Promise<string[]> {
  const query = `select id from orders where item = '${item}' order by id`
  const psql = ['psql', '--username', 'signet', '--tuples-only', '--no-align', '--command', query]
  return (await compose('exec', '-T', 'postgres', ...psql)).trim().split('\n')
}
