import { setTimeout } from 'node:timers/promises'
import { applicationOf, documentedToken } from '@signet/testing/application'
import { freePort } from '@signet/testing/free-port'
import { startSystem } from '@signet/testing/system'
import { afterAll, expect, test } from 'vitest'

const port = await freePort()
const system = await startSystem({ env: { api: { METRICS_PORT: String(port) } } })
afterAll(system.stop)

test('an old key that somebody signs with still is found by the metrics, and not retired', async () => {
  const before = applicationOf(system, 'app-one')
  await system.keys('rotate', 'app-one', '--settle', '0')

  const signer = startSigner(documentedToken(before))
  const refusals = await retireUntil((errors) => errors.includes('saw the old key'))
  const { keyId } = await signer.stop()

  // The refusals before that one say that the old key has been replaced too lately.
  expect(refusals.slice(0, -1)).toEqual(
    refusals.slice(0, -1).map(() => expect.stringContaining('Try again in')),
  )
  expect(refusals.at(-1)).toContain(`/metrics: saw the old key ${keyId}`)
  expect((await retireUntil((errors) => errors === '')).at(-1)).toBe('')
})

/** Calls the API with one token again and again until `stop`, which resolves to the last answer. */
function startSigner(token: string) {
  let stopped = false
  const calling = call()

  async function call(): Promise<{ keyId: string }> {
    for (;;) {
      const answer = await system.send('/whoami', { token })
      expect(answer.status).toBe(200)
      if (stopped) return answer.body as { keyId: string }
      await setTimeout(100)
    }
  }

  return {
    stop: () => {
      stopped = true
      return calling
    },
  }
}

/** Runs `retire` again, after the time that each refusal names, until one is wanted. Resolves to all refusals. */
async function retireUntil(isWanted: (errors: string) => boolean): Promise<string[]> {
  const refusals: string[] = []
  for (;;) {
    const metrics = `http://127.0.0.1:${port}/metrics`
    const { errors } = await system.keys('retire', 'app-one', '--lifetime', '0', '--metrics', metrics)
    refusals.push(errors)
    if (isWanted(errors)) return refusals
    const seconds = Number(/Try again in (\d+) s/.exec(errors)?.[1])
    if (Number.isNaN(seconds)) throw new Error(`retire has ended with: ${errors || 'done'}`)
    await setTimeout(seconds * 1000)
  }
}
