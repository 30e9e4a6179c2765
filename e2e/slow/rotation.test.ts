import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { applicationOf, documentedToken } from '@signet/testing/application'
import { startLoad, statusesOf } from '@signet/testing/load'
import type { Outcome } from '@signet/testing/run'
import { startSystem } from '@signet/testing/system'
import { afterAll, expect, test } from 'vitest'

// Tokens of one second, so that the last one of the old key dies while we watch.
const system = await startSystem({ env: { api: { RATE_LIMIT: '100000' }, apps: { TOKEN_LIFETIME: '1' } } })
afterAll(system.stop)

test('a key pair is rotated and the old one retired while requests flow, and none is refused', async () => {
  const before = applicationOf(system, 'app-one')
  const loads = [startLoad(`${system.appOne.url}/`), startLoad(`${system.appTwo.url}/`)]
  await Promise.all(loads.map((load) => load.seen(10)))

  const rotated = await system.keys('rotate', 'app-one')
  const bothKeys = publicKeys(before.appId)
  const retired = await retireWhenAllowed('app-one', '--lifetime', '1')
  // The keys are looked at once a second.
  await Promise.all(loads.map((load) => load.seen(10, Date.now() + 1000)))
  const visits = await Promise.all(loads.map((load) => load.stop()))

  expect([rotated.status, retired.status]).toEqual([0, 0])
  expect([bothKeys.length, publicKeys(before.appId).length]).toEqual([2, 1])
  expect(visits.map(statusesOf)).toEqual([[200], [200]])

  const after = applicationOf(system, 'app-one')
  expect(after.privateKey).not.toBe(before.privateKey)
  expect(await system.send('/whoami', { token: documentedToken(after) })).toMatchObject({ status: 200 })
  expect(await system.send('/whoami', { token: documentedToken(before) })).toMatchObject({
    status: 401,
    body: { code: 'token_rejected' },
  })
})

test('a key is not retired while a token of it may be alive', async () => {
  const { appId } = applicationOf(system, 'app-two')
  await system.keys('rotate', 'app-two')

  const { status, errors } = await system.keys('retire', 'app-two')

  expect(status).toBe(1)
  expect(secondsIn(errors)).toBeGreaterThan(200)
  expect(publicKeys(appId)).toHaveLength(2)
})

function publicKeys(appId: string): string[] {
  const pem = readFileSync(system.secret('api/public-keys', `${appId}_public.pem`), 'utf8')
  return pem.match(/-----BEGIN PUBLIC KEY-----/g) ?? []
}

/** Runs `retire` again after the time that its refusal names. */
async function retireWhenAllowed(...words: string[]): Promise<Outcome> {
  for (;;) {
    const outcome = await system.keys('retire', ...words)
    if (!outcome.errors.includes('Try again in')) return outcome
    await setTimeout(secondsIn(outcome.errors) * 1000)
  }
}

function secondsIn(message: string): number {
  return Number(/Try again in (\d+) s/.exec(message)?.[1])
}
