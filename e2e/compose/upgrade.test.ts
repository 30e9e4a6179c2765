import { expect, test } from 'vitest'
import { applicationIn, openClients, tokenOf } from './callers.ts'
import { command, compose, docker } from './docker.ts'
import { containersOf } from './inspect.ts'
import { startLoad } from './load.ts'

const { api } = await openClients()
const token = tokenOf(await applicationIn('app-two'))

test('the API is upgraded under load, and no request is lost and no order lost or doubled', async () => {
  const before = await containersOf('api')
  const load = startLoad({ send: api, token })

  await command('deploy/upgrade-api.sh')
  const { item, sent, refused, placed } = await load.stop()

  const after = await containersOf('api')
  expect(after).toHaveLength(2)
  expect(after.filter((id) => before.includes(id))).toEqual([])
  expect(refused).toEqual([])
  expect(sent).toBeGreaterThan(100)
  expect(await ordersInDatabase(item)).toEqual(placed.sort())
})

test('a replica that is killed under load costs no request and no order either', async () => {
  const [victim = ''] = await containersOf('api')
  const load = startLoad({ send: api, token })

  await docker('kill', victim)
  await compose('up', '--detach', '--no-deps', '--wait', 'api')
  const { item, refused, placed } = await load.stop()

  expect(refused).toEqual([])
  expect(await ordersInDatabase(item)).toEqual(placed.sort())
})

async function ordersInDatabase(item: string): Promise<string[]> {
  const query = `select id from orders where item = '${item}' order by id`
  const psql = ['psql', '--username', 'signet', '--tuples-only', '--no-align', '--command', query]
  return (await compose('exec', '-T', 'postgres', ...psql)).trim().split('\n')
}
