import { expect, test } from 'vitest'
import { startApi } from '../test/api.ts'

const { call, callers } = await startApi()

test.each([
  ['all', ['users:read', 'orders:read', 'orders:write']],
  ['wildcard', ['*']],
  ['none', []],
] as const)(
  'tells %s who it is, what it may do and which key proved it, and nothing else',
  async (as, permissions) => {
    const { status, body } = await call('/whoami', { as })

    expect(status).toBe(200)
    expect(body).toEqual({ appId: callers.ids[as], name: as, permissions, keyId: callers.keyId })
  },
)

test.each([
  ['all', 'users:read', ['users:read']],
  ['all', 'users:read users:write', ['users:read']],
  ['all', '', []],
  ['wildcard', 'orders:read', ['orders:read']],
] as const)('tells %s with the scope %j what is left', async (as, scope, permissions) => {
  expect((await call('/whoami', { as, scope })).body).toMatchObject({ permissions })
})
