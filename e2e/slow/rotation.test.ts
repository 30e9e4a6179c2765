import { readFileSync } from 'node:fs'
import { applicationOf, minimalToken, startSystem } from '@signet/testing/system'
import { repeatRequest, startTraffic, startVisits, statusesOf } from '@signet/testing/traffic'
import { afterAll, expect, test } from 'vitest'

// The pages use tokens of one second, so that the last one of an old key expires during the test.
const system = await startSystem({
  metrics: true,
  env: { api: { RATE_LIMIT: '100000' }, apps: { TOKEN_LIFETIME: '1' } },
})
afterAll(system.stop)

test('a key pair is rotated and the old one retired while requests flow, and none is refused', async () => {
  const before = applicationOf(system, 'app-one')
  const visits = [startVisits(`${system.appOne.url}/`), startVisits(`${system.appTwo.url}/`)]
  await Promise.all(visits.map(({ seen }) => seen(10)))

  const rotated = await system.keys('rotate', 'app-one')
  const bothKeys = publicKeys(before.appId)
  const retired = (await Array.fromAsync(system.retire('app-one', '--lifetime', '1'))).at(-1)
  // Key files are read again once a second.
  const due = Date.now() + 1000
  await Promise.all(visits.map(({ seen }) => seen(10, due)))
  const outcomes = await Promise.all(visits.map(({ stop }) => stop()))

  expect([rotated.status, retired?.status]).toEqual([0, 0])
  expect([bothKeys.length, publicKeys(before.appId).length]).toEqual([2, 1])
  expect(outcomes.map(statusesOf)).toEqual([[200], [200]])

  const after = applicationOf(system, 'app-one')
  expect(after.privateKey).not.toBe(before.privateKey)
  expect(await system.send('/whoami', { token: minimalToken(after) })).toMatchObject({ status: 200 })
  expect(await system.send('/whoami', { token: minimalToken(before) })).toMatchObject({
    status: 401,
    body: { code: 'token_rejected' },
  })
})

test('a key is not retired while a token of it may be valid', async () => {
  const { appId } = applicationOf(system, 'app-two')
  await system.keys('rotate', 'app-two')

  const { status, errors } = await system.keys('retire', 'app-two')

  expect(status).toBe(1)
  expect(Number(/Try again in (\d+) s/.exec(errors)?.[1])).toBeGreaterThan(200)
  expect(publicKeys(appId)).toHaveLength(2)
})

test('an old key that an application still signs with is found in the metrics, and not retired', async () => {
  await system.keys('add', 'reports', 'users:read')
  const old = minimalToken(applicationOf(system, 'reports'))
  const retire = ['reports', '--lifetime', '0', '--metrics', system.metrics[0] ?? ''] as const
  await system.keys('rotate', 'reports', '--settle', '0')

  const traffic = startTraffic([repeatRequest(system.send, '/whoami', { token: old })], { pause: 100 })
  const refusals: string[] = []
  for await (const { errors } of system.retire(...retire)) {
    refusals.push(errors)
    if (errors.includes('saw the old key')) break
  }
  const { body } = await system.send('/whoami', { token: old })
  const outcomes = await traffic.stop()

  // The refusals before the last one say that the old key was replaced too recently.
  expect(refusals.slice(0, -1)).toEqual(
    refusals.slice(0, -1).map(() => expect.stringContaining('Try again in')),
  )
  expect(refusals.at(-1)).toContain(`/metrics: saw the old key ${(body as { keyId: string }).keyId}`)
  expect(statusesOf(outcomes)).toEqual([200])
  expect((await Array.fromAsync(system.retire(...retire))).at(-1)).toMatchObject({ status: 0, errors: '' })
})

function publicKeys(appId: string): string[] {
  const pem = readFileSync(system.secret('api/public-keys', `${appId}_public.pem`), 'utf8')
  return pem.match(/-----BEGIN PUBLIC KEY-----/g) ?? []
}
