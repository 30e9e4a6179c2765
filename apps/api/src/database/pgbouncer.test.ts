import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { cleanUp } from '@signet/testing/clean-up'
import { freePort } from '@signet/testing/free-port'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { createWholeDatabase, describePostgres, temporaryFolder } from '../../test/databases.ts'
import { createOrder, listOrders } from '../orders/queries.ts'
import { isUnavailable } from './errors.ts'
import { openDatabase } from './open.ts'
import { openPostgres } from './postgres.ts'
import { seed } from './sample-data.ts'

const HAS_PGBOUNCER = isInstalled()
if (!HAS_PGBOUNCER && process.env.CI === 'true') throw new Error('The tests need PgBouncer')
if (!HAS_PGBOUNCER) console.warn('Tests behind PgBouncer are skipped: it is not installed')

const MODES = [
  ['transaction', []],
  ['session', []],
  ['transaction, where the time limit is ignored', ['ignore_startup_parameters = statement_timeout']],
] as const

describe.skipIf(!HAS_PGBOUNCER)('behind', () => {
  describePostgres('PgBouncer', () => {
    test.each(MODES)(
      'with pool_mode %s, processes start at once, write, read, and keep the time limit',
      async (mode, more) => {
        const poolMode = mode.replace(/,.*/, '')
        const target = new URL(await createWholeDatabase())
        // Few connections, so that sessions share them.
        const settings = [`pool_mode = ${poolMode}`, 'default_pool_size = 4', ...more]
        const url = await startPgBouncer(target, settings)
        const open = async (retryFor = 0) => {
          const db = await openPostgres({
            url: new URL(url),
            retryFor,
            timeouts: { connection: 20_000, statement: 2_000 },
          })
          cleanUp(() => db.destroy())
          return db
        }

        const [one, two] = await Promise.all([open(), open()])
        await seed(one, { createdBy: 'all' })
        const order = { userId: 'u-001', item: 'Tea', quantity: 1 }
        const context = { createdBy: 'all', requestId: 'r', idempotencyKey: 'k' }
        const orders = await Promise.all([one, two, one, two].map((db) => createOrder(db, order, context)))
        expect(new Set(orders.map(({ id }) => id)).size).toBe(1)
        expect(await listOrders(two, { limit: 500 })).toHaveLength(201)

        // Without a transaction, and in one.
        const brief = await open(100)
        for (const slow of [
          () => sql`select pg_sleep(60)`.execute(brief),
          () => brief.transaction().execute((transaction) => sql`select pg_sleep(60)`.execute(transaction)),
        ]) {
          const fault = await slow().catch((error) => error)
          expect(fault).toMatchObject({ code: '57014' })
          expect(fault).toSatisfy(isUnavailable)
        }

        // The connection has its earlier time limit again, and no lock is left.
        if (poolMode === 'transaction') {
          const behind = await openDatabase({
            url,
            retryFor: 0,
            timeouts: { connection: 20_000, statement: 0 },
          })
          cleanUp(() => behind.destroy())
          const { rows } = await sql`select current_setting('statement_timeout') as setting,
          (select count(*)::int from pg_locks where locktype = 'advisory'
            and database = (select oid from pg_database where datname = current_database())) as locks`.execute(
            behind,
          )
          expect(rows).toEqual([{ setting: '0', locks: 0 }])
        }
      },
    )
  })
})

/** Starts a PgBouncer in front of a database. Resolves to the URL of the same database behind it. */
async function startPgBouncer(target: URL, settings: string[]): Promise<string> {
  const port = await freePort()
  const folder = temporaryFolder()
  const file = join(folder, 'pgbouncer.ini')
  const { hostname, username, password, pathname } = target
  const server = [`host=${hostname}`, `port=${target.port || 5432}`, `user=${username || 'postgres'}`]
  if (password) server.push(`password=${decodeURIComponent(password)}`)
  const lines = [
    '[databases]',
    `* = ${server.join(' ')}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    ...settings,
  ]
  writeFileSync(file, lines.join('\n'))
  // PgBouncer refuses to run as root. It reads the file again as the user that it changes to.
  chmodSync(folder, 0o755)
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const child = spawn('pgbouncer', [...user, file], { stdio: ['ignore', 'ignore', 'pipe'] })
  cleanUp(() => child.kill('SIGKILL'))
  let printed = ''
  for await (const line of createInterface(child.stderr)) {
    printed += `${line}\n`
    if (line.includes('process up')) return `postgres://postgres@127.0.0.1:${port}${pathname}`
  }
  throw new Error(`pgbouncer has ended:\n${printed}`)
}

function isInstalled(): boolean {
  try {
    execFileSync('pgbouncer', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
