import { describe, expect, test } from 'vitest'
import { startApi } from '../../test/api.ts'
import { describePostgres } from '../../test/databases.ts'
import type { Order } from '../schemas.ts'

const { call, db, callers } = await startApi()
const ORDER = { userId: 'u-003', item: 'Desk lamp', quantity: 2 }
const place = (change: object, headers = {}) => call('/orders', { body: { ...ORDER, ...change }, headers })
const placeText = (body: string) => call('/orders', { body, headers: { 'content-type': 'application/json' } })

test('lists orders with their fields, and on request those of one user', async () => {
  const { status, body } = await call<Order[]>('/orders?userId=u-007')

  expect(status).toBe(200)
  expect(body.map(({ userId }) => userId)).toEqual(Array(4).fill('u-007'))
  for (const order of body)
    expect(Object.keys(order)).toEqual(['id', 'userId', 'item', 'quantity', 'createdAt', 'createdBy'])
})

test('lists fifty by default, and at most a hundred', async () => {
  expect((await call<Order[]>('/orders')).body).toHaveLength(50)
  expect((await call<Order[]>('/orders?limit=100')).body).toHaveLength(100)
  expect((await call('/orders?limit=101')).status).toBe(400)
})

test.each([
  'userId=',
  'userId=a%20b',
  'userId=u-001&userId=u-002',
  'after=*',
  'after=x&after=y',
  'order=',
  'order=DESC',
  'order=newest',
  'order=asc&order=desc',
])('refuses the query %s', async (query) => {
  const { status, body } = await call(`/orders?${query}`)

  expect([status, body.errors?.[0]?.path]).toEqual([400, query.split('=')[0]])
})

test('lists nothing for an unknown user', async () => {
  expect((await call<Order[]>('/orders?userId=u-999')).body).toEqual([])
})

test('lists a new order first with order=desc', async () => {
  const placed = await call<Order>('/orders', { body: ORDER })
  const { body } = await call<Order[]>('/orders?order=desc&limit=1')

  expect(body).toEqual([placed.body])
})

test.each(['none', '%00', '..', '%2e%2e%2f', 'x'.repeat(65)])('finds no order by the ID %s', async (id) => {
  const { status, body } = await call(`/orders/${id}`)

  expect([status, body.code]).toEqual([404, 'not_found'])
})

test('places an order with the caller’s appId, and answers with its Location', async () => {
  const { status, body, headers } = await call<Order>('/orders', { body: ORDER })

  expect(status).toBe(201)
  expect(body).toEqual({ ...ORDER, id: body.id, createdAt: body.createdAt, createdBy: callers.ids.all })
  expect(Math.abs(Date.parse(body.createdAt) - Date.now())).toBeLessThan(60_000)
  expect(headers.location).toBe(`/orders/${body.id}`)
  expect((await call<Order>(`/orders/${body.id}`)).body).toEqual(body)
})

test('stores the request ID and the trace ID with the order, which lead to its log lines', async () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  const headers = { 'x-request-id': 'mine-1', traceparent: `00-${traceId}-00f067aa0ba902b7-01` }
  const { body } = await call<Order>('/orders', { body: ORDER, headers })

  const row = await db
    .selectFrom('orders')
    .select(['request_id', 'trace_id'])
    .where('id', '=', body.id)
    .executeTakeFirst()
  expect(row).toEqual({ request_id: 'mine-1', trace_id: traceId })
})

test.each([
  ['item of one character', { item: 'x' }],
  ['item of 200 characters', { item: 'x'.repeat(200) }],
  ['item in any script', { item: 'Lámpara 🪔 灯' }],
  ['item with the syntax of SQL and HTML', { item: `'; drop table orders; --<script>"` }],
  ['quantity of 1', { quantity: 1 }],
  ['quantity of 1000', { quantity: 1000 }],
])('takes an %s', async (_, change) => {
  const { status, body } = await place(change)

  expect([status, body]).toEqual([201, expect.objectContaining(change)])
})

test('trims an item', async () => {
  expect((await place({ item: '  Desk lamp ' })).body).toMatchObject({ item: 'Desk lamp' })
})

test.each([
  ['userId', ['', 'a b', 'u-001\0', 'x'.repeat(65), 1, null, ['u-001'], {}, true]],
  ['userId', ['u-999']],
  ['item', ['', ' ', 'x'.repeat(201), 1, null, ['x'], {}, false]],
  ['item', ['a\0b', 'a\nb', 'a\tb', 'lamp\n', 'a\u007fb', 'a\u0085b', 'a\u001b[2Jb']],
  ['item', ['\ud800', 'a\udc00b', '\udc00\ud800']],
  ['quantity', [0, -1, 1001, 1.5, 1e21, 2 ** 53, '1', null, [1], {}, true]],
])('refuses a bad %s, and names it: %j', async (field, values) => {
  for (const value of values) {
    const { status, body } = await place({ [field]: value })
    expect([value, status, body.code]).toEqual([value, 400, 'invalid_request'])
    expect(body.errors?.map(({ path }) => path)).toContain(field)
  }
})

test.each(['userId', 'item', 'quantity'])('refuses an order without %s', async (field) => {
  const { status, body } = await place({ [field]: undefined })

  expect([status, body.errors]).toEqual([400, [expect.objectContaining({ path: field })]])
})

test.each(['id', 'createdAt', 'createdBy', 'requestId', 'created_by', '__proto__', 'constructor'])(
  'refuses an order that sets %s',
  async (field) => {
    const { status, body } = await placeText(JSON.stringify(ORDER).replace('{', `{"${field}":"x",`))

    expect([status, body.errors]).toEqual([400, [{ path: field, message: 'is not known here' }]])
  },
)

test.each(['null', '[]', '"x"', '5', 'true', `[${JSON.stringify(ORDER)}]`])(
  'refuses a body that is not an object: %s',
  async (body) => {
    const answer = await placeText(body)

    expect([answer.status, answer.body.errors]).toEqual([400, [expect.objectContaining({ path: '' })]])
  },
)

test('names every fault of an order at once', async () => {
  const { body } = await place({ userId: '', item: '', quantity: 0, extra: 1 })

  expect(body.errors?.map(({ path }) => path).toSorted()).toEqual(['extra', 'item', 'quantity', 'userId'])
})

test('writes nothing when it refuses an order', async () => {
  const count = () =>
    db
      .selectFrom('orders')
      .select((eb) => eb.fn.countAll().as('count'))
      .execute()
  const before = await count()

  await place({ userId: 'u-999' }, { 'idempotency-key': 'unused' })
  await place({ quantity: 0 }, { 'idempotency-key': 'unused' })

  expect(await count()).toEqual(before)
  expect((await place({}, { 'idempotency-key': 'unused' })).status).toBe(201)
})

describe('an Idempotency-Key', () => {
  test('answers a repetition as the first request', async () => {
    const first = await place({}, { 'idempotency-key': 'again' })
    const again = await place({}, { 'idempotency-key': 'again' })

    expect([again.status, again.text]).toEqual([201, first.text])
    expect(again.headers.location).toBe(first.headers.location)
  })

  test('with another body is 422', async () => {
    await place({}, { 'idempotency-key': 'other' })
    const { status, body } = await place({ quantity: 3 }, { 'idempotency-key': 'other' })

    expect([status, body.code]).toEqual([422, 'idempotency_key_reused'])
  })

  test('belongs to its caller', async () => {
    const headers = { 'idempotency-key': 'shared' }
    const own = await call<Order>('/orders', { body: ORDER, headers })
    const other = await call<Order>('/orders', {
      as: 'orders-writer',
      body: { ...ORDER, quantity: 9 },
      headers,
    })

    expect([own.status, other.status]).toEqual([201, 201])
    expect(other.body.id).not.toBe(own.body.id)
  })

  test('makes one order of requests that come at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => place({}, { 'idempotency-key': 'at-once' })),
    )

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
  })

  test('may have 255 visible characters, a quoted string among them', async () => {
    for (const key of ['x'.repeat(255), '"8e03978e-40d5-43dd-bc93-6894a57f9324"', '!~'])
      expect((await place({}, { 'idempotency-key': key })).status).toBe(201)
  })

  test.each([
    ['an empty', ''],
    ['a long', 'x'.repeat(256)],
    ['a spaced', 'a b'],
    ['a non-ASCII', 'caf\xe9'],
    ['a repeated', ['one', 'one']],
    ['a repeated, once empty', ['', 'one']],
  ])('is refused: %s one', async (_, key) => {
    const { status, body } = await place({}, { 'idempotency-key': key })

    expect([status, body.errors]).toEqual([400, [expect.objectContaining({ path: 'Idempotency-Key' })]])
  })

  test('is not needed: without it each request is an order', async () => {
    const [one, two] = [
      await call<Order>('/orders', { body: ORDER }),
      await call<Order>('/orders', { body: ORDER }),
    ]

    expect(one.body.id).not.toBe(two.body.id)
  })
})

describePostgres('PostgreSQL, which takes no NUL', (create) => {
  test('is not asked for an order whose ID no order can have', async () => {
    const { call } = await startApi({ databaseUrl: (await create()).url })

    expect((await call('/orders/%00')).status).toBe(404)
  })
})
