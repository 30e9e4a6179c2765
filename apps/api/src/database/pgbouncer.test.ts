import { cleanUp } from '@signet/testing/clean-up'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { createWholeDatabase, describePostgres } from '../../test/databases.ts'
import { HAS_PGBOUNCER, startPgBouncer } from '../../test/pgbouncer.ts'
import { createOrder, listOrders } from '../orders/queries.ts'
import { isUnavailable } from './error-codes.ts'
import { openDatabase } from './open.ts'
import { openPostgres } from './postgres.ts'
import { seed } from './sample-data.ts'

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
        const open = async (patience = 0) => {
          const db = await openPostgres({
            url: new URL(url),
            patience,
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

        // Alone, and in a transaction.
        const brief = await open(100)
        for (const slow of [
          () => sql`select pg_sleep(60)`.execute(brief),
          () => brief.transaction().execute((transaction) => sql`select pg_sleep(60)`.execute(transaction)),
        ]) {
          const fault = await slow().catch((error) => error)
          expect(fault).toMatchObject({ code: '57014' })
          expect(fault).toSatisfy(isUnavailable)
        }

        // What the connection was lent with is what it is given back with, and no lock is left to wait for.
        if (poolMode === 'transaction') {
          const behind = await openDatabase({
            url,
            patience: 0,
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
