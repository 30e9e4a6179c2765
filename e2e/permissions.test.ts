import { applicationOf, documentedToken } from '@signet/testing/application'
import type { Answer, Sent } from '@signet/testing/client'
import { startSystem } from '@signet/testing/system'
import { until } from '@signet/testing/until'
import { afterAll, describe, expect, test } from 'vitest'

const system = await startSystem()
afterAll(system.stop)

await system.keys('add', 'reports', 'orders:read')
await system.keys('add', 'console', '*')
await until(200, () => whoami('console'))

const order = { userId: 'u-001', item: 'Tea', quantity: 1 }
const post = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(order),
}

const ROUTES: { needs: string; path: string; sent?: Sent; status: number }[] = [
  { needs: 'users:read', path: '/users', status: 200 },
  { needs: 'users:read', path: '/users/u-001', status: 200 },
  { needs: 'orders:read', path: '/orders', status: 200 },
  { needs: 'orders:read', path: '/orders/none', status: 404 },
  { needs: 'orders:write', path: '/orders', sent: post, status: 201 },
]

describe.each([
  { name: 'app-one', may: ['users:read'] },
  { name: 'app-two', may: ['users:read', 'orders:read', 'orders:write'] },
  { name: 'reports', may: ['orders:read'] },
  { name: 'console', may: ['users:read', 'orders:read', 'orders:write'] },
])('$name', ({ name, may }) => {
  const token = documentedToken(applicationOf(system, name))

  test.each(ROUTES.filter(({ needs }) => may.includes(needs)))(
    'may call $path, which needs $needs',
    async ({ path, sent, status }) => {
      expect(await system.send(path, { ...sent, token })).toMatchObject({ status })
    },
  )

  const forbidden = ROUTES.filter(({ needs }) => !may.includes(needs))
  test.runIf(forbidden.length > 0).each(forbidden)(
    'is refused at $path, and told that it lacks $needs',
    async ({ needs, path, sent }) => {
      expect(await system.send(path, { ...sent, token })).toMatchObject({
        status: 403,
        body: { code: 'permission_denied', permission: needs },
      })
    },
  )
})

test('an application that is added while the API runs is let in without a restart', async () => {
  const { status, output } = await system.keys('add', 'archive', 'orders:read')

  const { appId, permissions } = applicationOf(system, 'archive')
  expect({ status, permissions }).toEqual({ status: 0, permissions: ['orders:read'] })
  expect(output).toContain(`archive is in the application registry as ${appId}`)
  await until(200, () => whoami('archive'))
})

test('an application may call as another only with the key of that other', async () => {
  const { privateKey } = applicationOf(system, 'app-one')
  const token = documentedToken({ ...applicationOf(system, 'app-two'), privateKey })

  expect(await system.send('/orders', { token })).toMatchObject({
    status: 401,
    body: { code: 'token_rejected' },
  })
})

function whoami(name: string): Promise<Answer> {
  return system.send('/whoami', { token: documentedToken(applicationOf(system, name)) })
}
