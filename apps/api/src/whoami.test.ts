import { expect, test } from 'vitest'
import { startApi } from '../test/api.ts'

const { call, guests } = await startApi()

test.each([
  ['desk', ['users:read', 'orders:read', 'orders:write']],
  ['root', ['*']],
  ['nobody', []],
] as const)(
  'tells %s who it is, what it may do and which key proved it, and nothing else',
  async (as, permissions) => {
    const { status, body } = await call('/whoami', { as })

    expect(status).toBe(200)
    expect(body).toEqual({ appId: guests.ids[as], name: as, permissions, keyId: guests.keyId })
  },
)

test.each([
  ['desk', 'users:read', ['users:read']],
  ['desk', 'users:read users:write', ['users:read']],
  ['desk', '', []],
  ['root', 'orders:read', ['orders:read']],
] as const)('tells %s with the scope %j what is left', async (as, scope, permissions) => {
  expect((await call('/whoami', { as, scope })).body).toMatchObject({ permissions })
})
