import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { cleanUp } from '@signet/testing/clean-up'
import { startTcpProxy } from '@signet/testing/tcp-proxy'
import { WITHIN } from '@signet/testing/wait'
import { sql } from 'kysely'
import pg from 'pg'
import { expect, test, vi } from 'vitest'
import { createWholeDatabase, describePostgres, type TestDatabase } from '../../test/databases.ts'
import { listUsers } from '../users/queries.ts'
import type { Db } from './db.ts'
import { isUnavailable } from './errors.ts'
import { openDatabase, ping } from './open.ts'
import { openPostgres, type PostgresOptions } from './postgres.ts'
import { seed } from './sample-data.ts'

describePostgres('PostgreSQL', (create) => {
  test('is unavailable while nothing listens, and works again when it is back', async () => {
    const { db, proxy } = await openThroughProxy(await create())
    await ping(db)
    await proxy.cut()
    expect(await faultOf(ping(db))).toSatisfy(isUnavailable)
    await proxy.restore()
    await expect(ping(db)).resolves.toBeUndefined()
  })

  test('reports a lost idle connection, is unavailable to the next query, and then works again', async () => {
    const onFault = vi.fn()
    const database = await create()
    const { db, proxy } = await openThroughProxy(database, { onFault })
    await ping(db)
    await proxy.cut()
    await vi.waitFor(() => expect(onFault).toHaveBeenCalledOnce(), WITHIN)
    expect(await faultOf(ping(db))).toSatisfy(isUnavailable)
    await proxy.restore()
    await expect(ping(db)).resolves.toBeUndefined()
  })

  test('is unavailable to the transaction whose connection is ended between two queries', async () => {
    const database = await create()
    const [db, other] = [await database.open(), await database.open()]
    const lost = db.transaction().execute(async (transaction) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(transaction)
      await sql`select pg_terminate_backend(${rows[0]?.pid}, 1000)`.execute(other)
      await ping(transaction)
    })
    expect(await faultOf(lost)).toSatisfy(isUnavailable)
    await expect(ping(db)).resolves.toBeUndefined()
  })

  test('is unavailable to a query that is ended at the server', async () => {
    const database = await create()
    const [db, other] = [await database.open(), await database.open()]
    const sleeping = faultOf(sql`select pg_sleep(30)`.execute(db))
    await vi.waitFor(async () => {
      const ended = await sql`select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = current_setting('application_name') and query = 'select pg_sleep(30)'`.execute(
        other,
      )
      expect(ended.rows).toHaveLength(1)
    }, WITHIN)
    expect(await sleeping).toSatisfy(isUnavailable)
  })

  test('is unavailable to a query that takes too long', async () => {
    const db = await open(await create(), { timeouts: { connection: 3_000, statement: 50 } })
    const fault = await faultOf(sql`select pg_sleep(30)`.execute(db))
    expect(fault).toMatchObject({ code: '57014' })
    expect(fault).toSatisfy(isUnavailable)
  })

  test('is unavailable when its answer does not come, and the silent connection is not used again', async () => {
    const { db, proxy } = await openThroughProxy(await create(), {
      timeouts: { connection: 3_000, statement: 1_000 },
    })
    await ping(db)
    proxy.silence()
    expect(await faultOf(ping(db))).toSatisfy(isUnavailable)
    await expect(ping(db)).resolves.toBeUndefined()
  })

  test('is retried at the start until it can be reached', async () => {
    const database = await create()
    const proxy = await startTcpProxy(new URL(database.url))
    cleanUp(() => proxy.cut())
    await proxy.cut()
    const { promise: refused, resolve: onFault } = Promise.withResolvers<Error>()
    const opening = open({ ...database, url: proxy.url.href }, { retryFor: 10, onFault })
    expect(await refused).toMatchObject({ code: 'database_unavailable' })
    await proxy.restore()
    await expect(ping(await opening)).resolves.toBeUndefined()
  })

  test('makes the start fail if it cannot be reached in time, and the message has no password', async () => {
    const proxy = await startTcpProxy(new URL((await create()).url))
    await proxy.cut()
    proxy.url.password = 'hunter2'
    const fault = await faultOf(openDatabase({ url: proxy.url.href, retryFor: 0, password: 'hunter3' }))
    expect(fault).toMatchObject({
      code: 'database_unavailable',
      message: `DATABASE_URL: no connection to ${proxy.url.host}/test: ECONNREFUSED`,
    })
  })

  test('makes the start fail at once if a retry cannot help', async () => {
    const url = new URL((await create()).url)
    url.pathname = '/no_such_database'
    const fault = await faultOf(openDatabase({ url: url.href, retryFor: 30 }))
    expect(fault).toMatchObject({
      code: 'database_unavailable',
      message: expect.stringMatching(/^DATABASE_URL: no connection to .*no_such_database.* does not exist$/),
    })
  })

  test.each([
    ["encoding 'SQL_ASCII' locale 'C'", 'SQL_ASCII'],
    ["encoding 'LATIN1' locale 'C'", 'LATIN1'],
  ])('is refused with the %s, and nothing is written to it', async (definition, encoding) => {
    const url = await createWholeDatabase(definition)
    const fault = await faultOf(openDatabase({ url, retryFor: 0 }))
    expect(fault).toMatchObject({
      code: 'database_unsuitable',
      message: expect.stringMatching(
        new RegExp(
          `^DATABASE_URL: .*/test_\\w+ has the encoding ${encoding}\\. .*'UTF8' template template0$`,
        ),
      ),
    })
    expect(await tablesIn({ url })).toEqual([])
  })

  test.each([
    ['a table', ['create table bookmarks (url text)'], 'the table bookmarks'],
    [
      'a record of its migrations',
      [
        'create table kysely_migration (name text, timestamp text)',
        "insert into kysely_migration values ('001_shop', '')",
      ],
      'the migration 001_shop',
    ],
  ])('is refused if another program has %s in it, and is not changed', async (_, statements, evidence) => {
    const database = await create()
    for (const statement of statements) await askIn(database, statement)
    const before = await tablesIn(database)

    const fault = await faultOf(openDatabase({ url: database.url, retryFor: 0 }))

    expect(fault).toMatchObject({
      code: 'database_unsuitable',
      message: expect.stringMatching(
        `^DATABASE_URL: .*/test belongs to another program: it holds ${evidence}\\.`,
      ),
    })
    expect(await tablesIn(database)).toEqual(before)
  })

  test('makes the start fail if it is read-only, and the message names it', async () => {
    const { url } = await create()
    const readOnly = url.replace('options=', 'options=-c%20default_transaction_read_only%3Don%20')
    expect(await faultOf(openDatabase({ url: readOnly, retryFor: 0 }))).toMatchObject({
      name: 'DatabaseError',
      message: expect.stringMatching(
        /^DATABASE_URL: .*\/test: cannot execute .* in a read-only transaction$/,
      ),
    })
  })

  test('gives the reason why a later connection is refused', async () => {
    const { db, proxy } = await openThroughProxy(await create())
    await proxy.cut()
    await faultOf(ping(db))
    expect(await faultOf(ping(db))).toMatchObject({
      message: `DATABASE_URL: ${proxy.url.host}/test: the connection failed: ECONNREFUSED`,
    })
  })

  test('finds names in any case, whatever the locale', async () => {
    const url = await createWholeDatabase("encoding 'UTF8' locale 'C'")
    const db = await open({ url, open: () => openDatabase({ url }) })
    await seed(db, { createdBy: 'all' })
    for (const search of ['é', 'ÉLODIE', 'élodie'])
      expect((await listUsers(db, { limit: 100, search })).map(({ id }) => id)).toContain('u-015')
  })

  test('can be opened while other schemas are created and dropped', async () => {
    const database = await create()
    const other = await open(database)
    const churned = sql.ref(`test_${randomBytes(8).toString('hex')}`)
    let opening = true
    const opened = openTimes(database, 12).finally(() => {
      opening = false
    })
    const churn = async () => {
      while (opening) {
        await sql`create schema ${churned} create table one (id text) create table two (id text)`.execute(
          other,
        )
        await sql`drop schema ${churned} cascade`.execute(other)
      }
    }
    await Promise.allSettled([opened, churn()])
    await expect(opened).resolves.toBeUndefined()
  })

  test('does not count an error of the request itself as unavailable', async () => {
    const db = await open(await create())
    expect(await faultOf(sql`select * from nothing`.execute(db))).not.toSatisfy(isUnavailable)
    expect(await faultOf(sql`select ${'\0'}::text`.execute(db))).toMatchObject({ code: '22021' })
  })

  test('has no time limit for migrations: a process waits for the lock of another one', async () => {
    const database = await create()
    const holder = await open(database)
    // The lock of Kysely's migrator.
    const lock = sql.lit(BigInt('3853314791062309107'))
    const { promise: held, resolve: hold } = Promise.withResolvers<void>()
    const { promise: over, resolve: end } = Promise.withResolvers<void>()
    const holding = holder.connection().execute(async (connection) => {
      await sql`select pg_advisory_lock(${lock})`.execute(connection)
      hold()
      await over
      await sql`select pg_advisory_unlock(${lock})`.execute(connection)
    })
    await held
    const opening = open(database, { timeouts: { connection: 3_000, statement: 1 } })
    await vi.waitFor(async () => {
      const waiting = await sql`select 1 from pg_stat_activity
        where application_name = current_setting('application_name') and wait_event = 'advisory'
        and now() - query_start > interval '100 ms'`.execute(holder)
      expect(waiting.rows).toHaveLength(1)
    }, WITHIN)
    end()
    await holding
    await expect(opening).resolves.toBeDefined()
  })
})

test('the start fails if a server accepts the connection and never answers', async () => {
  const server = createServer((socket) => cleanUp(() => socket.destroy()))
  const port = await listen(server)
  const fault = await faultOf(
    openPostgres({
      url: new URL(`postgres://127.0.0.1:${port}/test`),
      retryFor: 0,
      timeouts: { connection: 50, statement: 50 },
    }),
  )
  expect(fault).toMatchObject({ code: 'database_unavailable' })
})

test('sends the password of the option instead of that of the URL, without the line break of its file', async () => {
  const { promise: received, resolve: receive } = Promise.withResolvers<string>()
  const server = createServer((socket) => {
    // AuthenticationCleartextPassword, whereupon the client sends 'p', a length, and the password with a NUL.
    socket.once('data', () => {
      socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]))
      socket.once('data', (data: Buffer) => {
        receive(data.subarray(5, -1).toString())
        socket.destroy()
      })
    })
  })
  const port = await listen(server)
  const url = `postgres://someone:old@127.0.0.1:${port}/test`
  const fault = await faultOf(openDatabase({ url, password: 'p%41 ?&+ü\n', retryFor: 0 }))
  expect(await received).toBe('p%41 ?&+ü')
  expect(fault).toMatchObject({ code: 'database_unavailable' })
})

async function askIn({ url }: { url: string }, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

function tablesIn(database: { url: string }): Promise<unknown[]> {
  return askIn(database, 'select tablename from pg_tables where schemaname = current_schema() order by 1')
}

async function open({ url }: TestDatabase, options: Omit<PostgresOptions, 'url'> = {}): Promise<Db> {
  const db = await openPostgres({ url: new URL(url), retryFor: 0, ...options })
  cleanUp(() => db.destroy())
  return db
}

async function openTimes(database: TestDatabase, times: number): Promise<void> {
  for (let time = 0; time < times; time++)
    await (await openPostgres({ url: new URL(database.url) })).destroy()
}

async function openThroughProxy(database: TestDatabase, options: Omit<PostgresOptions, 'url'> = {}) {
  const proxy = await startTcpProxy(new URL(database.url))
  cleanUp(() => proxy.cut())
  const db = await open({ ...database, url: proxy.url.href }, options)
  return { db, proxy }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUp(() => server.close())
  return (server.address() as AddressInfo).port
}

function faultOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.unreachable('it succeeded'),
    (error) => error,
  )
}
