import { expect, test } from 'vitest'
import { startApi } from '../../test/api.ts'
import { describePostgres } from '../../test/databases.ts'
import type { User } from '../schemas.ts'

const { call } = await startApi()
const idsOf = async (query: string) => (await call<User[]>(`/users${query}`)).body.map(({ id }) => id)

test('lists fifty users in the order of their IDs, each with its ID, name and email', async () => {
  const { status, body, headers } = await call<User[]>('/users')

  expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8'])
  expect(body).toHaveLength(50)
  expect(body.map(({ id }) => id)).toEqual(body.map(({ id }) => id).toSorted())
  for (const user of body) expect(Object.keys(user)).toEqual(['id', 'name', 'email'])
})

test.each([
  ['?limit=1', 1],
  ['?limit=50', 50],
  ['?limit=100', 50],
])('returns as many as %s asks for', async (query, count) => {
  expect(await idsOf(query)).toHaveLength(count)
})

test.each(['0', '101', '-1', '1.0', '1e1', '0x10', '+5', 'abc', '', '%201', '1%00', '9'.repeat(400)])(
  'refuses limit=%s, and names it',
  async (limit) => {
    const { status, body } = await call(`/users?limit=${limit}`)

    expect([status, body.code]).toEqual([400, 'invalid_request'])
    expect(body.errors).toEqual([{ path: 'limit', message: 'must be a whole number from 1 to 100' }])
  },
)

test.each(['limit', 'after', 'search'])('refuses a repeated %s', async (name) => {
  const { status, body } = await call(`/users?${name}=1&${name}=1`)

  expect([status, body.errors]).toEqual([400, [expect.objectContaining({ path: name })]])
})

test('names every fault of a query at once', async () => {
  const { body } = await call('/users?limit=0&after=*&search=%00')

  expect(body.errors?.map(({ path }) => path)).toEqual(['limit', 'after', 'search'])
})

test.each([
  ['one ID', '?id=u-003', ['u-003']],
  ['several, in any order and repeated', '?id=u-009&id=u-003&id=u-009', ['u-003', 'u-009']],
  ['an unknown ID beside a known one', '?id=u-999&id=u-003', ['u-003']],
  ['IDs and a limit', '?id=u-003&id=u-009&limit=1', ['u-003']],
  ['IDs and a search', '?id=u-002&id=u-003&search=lanternwright', ['u-002']],
])('finds users by %s', async (_, query, ids) => {
  expect(await idsOf(query)).toEqual(ids)
})

test('takes 100 IDs, and refuses more', async () => {
  const query = (count: number) => `?${Array.from({ length: count }, (_, n) => `id=u-${n}`).join('&')}`

  expect((await call(`/users${query(100)}`)).status).toBe(200)
  const { status, body } = await call(`/users${query(101)}`)
  expect([status, body.errors]).toEqual([400, [{ path: 'id', message: 'must be at most 100 IDs' }]])
})

test.each(['?id=', '?id=a%20b', '?id=u-003&id=*', '?id[]=u-003', '?id[x]=u-003'])(
  'refuses %s',
  async (query) => {
    expect((await call(`/users${query}`)).status).toBe(400)
  },
)

test('begins after the ID in `after`, whether a user has it or not', async () => {
  expect(await idsOf('?limit=2&after=u-002')).toEqual(['u-003', 'u-004'])
  expect(await idsOf('?limit=1&after=u-0025')).toEqual(['u-003'])
  expect(await idsOf('?after=u-050')).toEqual([])
})

test.each(['', 'a%20b', "'", '%ff', '%00', 'x'.repeat(65)])('refuses after=%s', async (after) => {
  expect((await call(`/users?after=${after}`)).status).toBe(400)
})

test.each([
  ['a part of a name, in any case', 'LANTERNwright', ['u-002']],
  ['a part of an email address', 'abebe.lantern', ['u-002']],
  ['letters beyond ASCII, in any case', 'ÉLODIE', ['u-015']],
  ['a name that no user has', 'no such name', []],
  ['a literal per cent sign', '%', []],
  ['a literal underscore', '_', []],
  ['a literal backslash', '\\', []],
  ['a literal quote', "' or 1=1 --", []],
])('searches for %s', async (_, search, ids) => {
  expect(await idsOf(`?search=${encodeURIComponent(search)}`)).toEqual(ids)
})

test('finds all users with an empty search', async () => {
  expect(await idsOf('?search=')).toHaveLength(50)
})

test('takes a search of 100 characters, and refuses a longer one and one with control characters', async () => {
  expect(await idsOf(`?search=${'x'.repeat(100)}`)).toEqual([])
  for (const search of ['x'.repeat(101), '%00', '%0a', '%7f', '%c2%85'])
    expect((await call(`/users?search=${search}`)).status).toBe(400)
})

test('returns one user by ID', async () => {
  const { status, body } = await call<User>('/users/u-002')

  expect(status).toBe(200)
  expect(body).toEqual({ id: 'u-002', name: 'Abebe Lanternwright', email: 'abebe.lanternwright@example.org' })
})

test.each([
  'u-051',
  'U-002',
  '%00',
  'u-002%00',
  '..',
  '%2e%2e%2fu-002',
  "u-002'--",
  '%F0%9F%98%80',
  'x'.repeat(5_000),
])('finds no user by the ID %s', async (id) => {
  const { status, body } = await call(`/users/${id}`)

  expect([status, body.code]).toEqual([404, 'not_found'])
})

test.each(['%', '%f', '%ff', '%zz', '%c0%80', '%ed%a0%80'])('refuses a path that ends in %s', async (id) => {
  const { status, body, text } = await call(`/users/${id}`)

  expect([status, body.code]).toEqual([400, 'invalid_request'])
  expect(text).not.toContain(id)
})

describePostgres('PostgreSQL, which takes no NUL', (create) => {
  test('is not queried for an ID that no user can have', async () => {
    const { call } = await startApi({ databaseUrl: (await create()).url })

    expect((await call('/users/%00')).status).toBe(404)
  })
})
