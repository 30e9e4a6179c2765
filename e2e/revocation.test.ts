import { existsSync } from 'node:fs'
import { applicationOf, minimalToken, startSystem } from '@signet/testing/system'
import { startVisits, statusesOf } from '@signet/testing/traffic'
import { afterAll, expect, test } from 'vitest'

const system = await startSystem({ env: { api: { RATE_LIMIT: '100000', FAILURE_LIMIT: '100000' } } })
afterAll(system.stop)

test('a revoked application is refused within a second, and the other one never', async () => {
  const revoked = applicationOf(system, 'app-one')
  const token = minimalToken(revoked)
  const accepted = await system.send('/users', { token })
  const [one, two] = [startVisits(`${system.appOne.url}/`), startVisits(`${system.appTwo.url}/`)]
  await Promise.all([one.seen(10), two.seen(10)])

  const asked = Date.now()
  const { status } = await system.keys('revoke', 'app-one')
  const due = Date.now() + 1000
  await Promise.all([one.seen(10, due), two.seen(10, due)])
  const [visits, others] = await Promise.all([one.stop(), two.stop()])

  expect(status).toBe(0)
  expect(statusesOf(visits.filter(({ ended }) => ended < asked))).toEqual([200])
  expect(statusesOf(visits.filter(({ began }) => began > due))).toEqual([502])
  expect(statusesOf(others)).toEqual([200])

  // A token whose verification is remembered is refused, too.
  expect(accepted.status).toBe(200)
  expect(await system.send('/users', { token })).toMatchObject({
    status: 401,
    body: { code: 'token_rejected' },
  })
  expect(existsSync(system.secret('api/public-keys', `${revoked.appId}_public.pem`))).toBe(false)
})

test('provisioning makes no new keys for a revoked application', async () => {
  await system.keys('add', 'leaver', 'users:read')
  const leaver = applicationOf(system, 'leaver')
  await system.keys('revoke', 'leaver')

  const { status } = await system.keys('provision')

  expect(status).toBe(0)
  expect(existsSync(system.secret('api/public-keys', `${leaver.appId}_public.pem`))).toBe(false)
  expect(await system.send('/users', { token: minimalToken(leaver) })).toMatchObject({ status: 401 })
})
