import { once } from 'node:events'
import https from 'node:https'
import { DatabaseSync } from 'node:sqlite'
import { json } from 'node:stream/consumers'
import { applicationOf, minimalToken, startSystem } from '@signet/testing/system'
import { WITHIN } from '@signet/testing/wait'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'

const system = await startSystem()
afterAll(system.stop)
beforeEach(() => system.api.start())
const token = minimalToken(applicationOf(system, 'app-two'))

test('when it is told to stop, the API finishes the current request, accepts no other, and exits with 0', async () => {
  const order = JSON.stringify({ userId: 'u-001', item: 'the last one', quantity: 1 })
  const request = https.request(`${system.api.url}/orders`, {
    ca: system.ca,
    method: 'POST',
    headers: {
      'x-token': token,
      'content-type': 'application/json',
      'content-length': order.length,
      expect: '100-continue',
    },
  })
  request.flushHeaders()
  await once(request, 'continue')

  const exit = system.api.stop()
  const other = () =>
    system.send('/healthz').then(
      ({ status }) => status,
      ({ code }) => code,
    )
  await vi.waitFor(async () => expect(await other()).toBe('ECONNREFUSED'), WITHIN)
  request.end(order)
  const [response] = await once(request, 'response')

  expect(response.statusCode).toBe(201)
  const { id } = (await json(response)) as { id: string }
  expect(await exit).toBe(0)
  expect(system.api.log.at(-1)).toMatchObject({ msg: 'stopped' })
  await system.api.start()
  expect(await system.send(`/orders/${id}`, { token })).toMatchObject({ body: { item: 'the last one' } })
})

test('when it is killed while it writes, the API has every order that it confirmed, and an intact database', async () => {
  const confirmed: string[] = []
  const { promise: busy, resolve } = Promise.withResolvers<void>()
  const posting = Promise.all(Array.from({ length: 4 }, postUntilRefused))
  await busy
  await system.api.kill()
  await posting
  await system.api.start()

  const database = new DatabaseSync(system.file('signet.sqlite'), { readOnly: true })
  const stored = database
    .prepare('select id from orders')
    .all()
    .map(({ id }) => id)
  const integrity = database.prepare('pragma integrity_check').all()
  database.close()
  expect(confirmed.filter((id) => !stored.includes(id))).toEqual([])
  expect(integrity).toEqual([{ integrity_check: 'ok' }])
  expect(await system.send('/readyz')).toMatchObject({ status: 200 })

  async function postUntilRefused(): Promise<void> {
    const body = JSON.stringify({ userId: 'u-001', item: 'Tea', quantity: 1 })
    const headers = { 'content-type': 'application/json' }
    for (;;) {
      const answer = await system
        .send('/orders', { method: 'POST', token, headers, body })
        .catch(() => undefined)
      if (!answer) return
      confirmed.push((answer.body as { id: string }).id)
      if (confirmed.length === 20) resolve()
    }
  }
})

test('a restart adds no sample data again', async () => {
  const count = () => system.send('/users?limit=100', { token }).then(({ body }) => (body as object[]).length)
  const before = await count()

  await system.api.stop()
  await system.api.start()

  expect(before).toBe(50)
  expect(await count()).toBe(50)
})

test('the pages exit with 0, too', async () => {
  expect(await Promise.all([system.appOne.stop(), system.appTwo.stop()])).toEqual([0, 0])
})
