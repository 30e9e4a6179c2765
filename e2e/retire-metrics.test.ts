import { setTimeout } from 'node:timers/promises'
import { freePort } from '@signet/testing/free-port'
import { afterAll, expect, test } from 'vitest'
import { applicationOf, documentedToken } from './application.ts'
import { startSystem } from './system.ts'

const port = await freePort()
const system = await startSystem({ env: { api: { METRICS_PORT: String(port) } } })
afterAll(system.stop)

test('an old key that somebody signs with still is found by the metrics, and not retired', async () => {
  const before = applicationOf(system, 'app-one')
  const retire = () =>
    system.keys('retire', 'app-one', '--lifetime', '0', '--metrics', `http://127.0.0.1:${port}/metrics`)
  await system.keys('rotate', 'app-one', '--settle', '0')

  const early = await retire()
  await setTimeout(secondsIn(early.errors) * 1000)
  const use = await system.send('/whoami', { token: documentedToken(before) })
  const inUse = await retire()

  expect(early.errors).toContain('tokens of the old key may be alive')
  expect(use.status).toBe(200)
  expect(inUse.status).toBe(1)
  expect(inUse.errors).toContain(`/metrics: saw the old key ${(use.body as { keyId: string }).keyId}`)

  await setTimeout(secondsIn(inUse.errors) * 1000)
  expect(await retire()).toMatchObject({ status: 0 })
})

function secondsIn(message: string): number {
  return Number(/Try again in (\d+) s/.exec(message)?.[1])
}
