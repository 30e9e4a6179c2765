import { chownSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { freePort } from '@signet/testing/free-port'
import { run } from '@signet/testing/process'
import { applicationOf, minimalToken, type System, startSystem } from '@signet/testing/system'
import { confirmedOrders, placeOrders, startTraffic } from '@signet/testing/traffic'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'

/** Where Debian has the server's programs; undefined on a machine without PostgreSQL. */
const POSTGRES_PROGRAMS = globSync('/usr/lib/postgresql/*/bin').at(-1)
if (!POSTGRES_PROGRAMS && process.env.CI === 'true') throw new Error('The tests need a PostgreSQL server')

test('the API is killed several times while orders are placed, and no order is lost or doubled', async () => {
  const system = await startSystem({ env: { api: { RATE_LIMIT: '100000' } }, pages: false })
  onTestFinished(system.stop)
  const buyers = startBuyers(system)

  for (let times = 0; times < 3; times++) {
    await buyers.confirmMore(15)
    await system.api.kill()
    await system.api.start()
  }
  await buyers.confirmMore(15)
  const confirmed = confirmedOrders(await buyers.stop())

  expect(buyers.outcomes.filter(({ status }) => status === undefined).length).toBeGreaterThan(3)
  expect(buyers.refused()).toEqual([])
  const database = new DatabaseSync(system.file('signet.sqlite'), { readOnly: true })
  onTestFinished(() => database.close())
  const orders = "select item, id from orders where request_id <> 'seed' order by item"
  expect(database.prepare(orders).all()).toEqual(confirmed)
})

test.skipIf(!POSTGRES_PROGRAMS)(
  'PostgreSQL crashes and comes back under load: the answer is 503, and no order is lost or doubled',
  async () => {
    const postgres = await startPostgres()
    onTestFinished(postgres.remove)
    const env = { api: { DATABASE_URL: postgres.url, RATE_LIMIT: '100000' } }
    const system = await startSystem({ env, pages: false })
    onTestFinished(system.stop)
    const token = minimalToken(applicationOf(system, 'app-two'))
    const buyers = startBuyers(system)
    await buyers.confirmMore(25)

    await postgres.crash()
    await buyers.until(() => buyers.refused().length >= 10)
    const whileAway = await Promise.all(
      ['/users', '/readyz', '/healthz', '/whoami'].map((path) => system.send(path, { token })),
    )
    await postgres.start()
    await buyers.confirmMore(25)
    const confirmed = confirmedOrders(await buyers.stop())

    for (const refused of buyers.refused())
      expect(refused).toMatchObject({ status: 503, retryAfter: expect.stringMatching(/^\d+$/) })
    expect(buyers.outcomes.filter(({ status }) => status === undefined)).toEqual([])
    expect(whileAway.map(({ status }) => status)).toEqual([503, 503, 200, 200])
    const orders = 'select item, id from orders where request_id <> \'seed\' order by item collate "C"'
    expect(await postgres.query(orders)).toEqual(confirmed)
    expect(await system.send('/readyz')).toMatchObject({ status: 200 })
  },
  60_000,
)

/** Four buyers, who repeat each order until it is confirmed. */
function startBuyers(system: System) {
  const token = minimalToken(applicationOf(system, 'app-two'))
  const buyers = Array.from({ length: 4 }, () => placeOrders(system.send, { token, retry: true }))
  const traffic = startTraffic(buyers, { pause: 20 })
  return {
    ...traffic,
    refused: () => traffic.outcomes.filter(({ status }) => status !== undefined && status !== 201),
    /** Resolves when so many more orders are confirmed. */
    async confirmMore(count: number): Promise<void> {
      const due = confirmedOrders(traffic.outcomes).length + count
      await traffic.until(() => confirmedOrders(traffic.outcomes).length >= due)
    },
  }
}

/** A PostgreSQL server for one test, in a folder of its own, which can crash and start again. */
async function startPostgres() {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'))
  const data = join(folder, 'data')
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const settings = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1`
  await giveToPostgres(folder)
  await postgres('initdb', '-D', data, '-U', 'postgres', '--auth=trust', '--no-sync')

  const start = () => postgres('pg_ctl', 'start', '-w', '-D', data, '-o', settings, '-l', join(folder, 'log'))
  const crash = () => postgres('pg_ctl', 'stop', '-w', '-D', data, '-m', 'immediate')
  await start()
  return {
    url,
    start,
    /** Finishes nothing; the next start recovers from the log. */
    crash,
    async query(sql: string): Promise<unknown[]> {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      try {
        return (await client.query(sql)).rows
      } finally {
        await client.end()
      }
    },
    async remove() {
      await crash().catch(() => {})
      rmSync(folder, { recursive: true })
    },
  }
}

const isRoot = process.getuid?.() === 0
const AS_POSTGRES = ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups']

/** PostgreSQL does not run as root, so the folder must belong to its user. */
async function giveToPostgres(folder: string): Promise<void> {
  if (!isRoot) return
  const { output } = await run('id', ['-u', 'postgres'])
  chownSync(folder, Number(output), 0)
}

async function postgres(program: string, ...args: string[]): Promise<void> {
  const command = [join(POSTGRES_PROGRAMS ?? '', program), ...args]
  const [first = '', ...rest] = isRoot ? [...AS_POSTGRES, ...command] : command
  const { status, output, errors } = await run(first, rest, { cwd: '/' })
  if (status !== 0) throw new Error(`${program}: ${errors}${output}`)
}
