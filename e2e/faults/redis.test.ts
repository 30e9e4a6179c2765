import { randomUUID } from 'node:crypto'
import { applicationOf, documentedToken } from '@signet/testing/application'
import { isInstalled } from '@signet/testing/run'
import { type System, startSystem } from '@signet/testing/system'
import { WITHIN } from '@signet/testing/within'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startPrivateRedis } from './private-redis.ts'

const isThere = await isInstalled('redis-server')
if (!isThere && process.env.CI === 'true') throw new Error('The tests need redis-server')

test.skipIf(!isThere)(
  'Redis goes and comes back: memory counts meanwhile, and the log says each once',
  async () => {
    const redis = await startPrivateRedis()
    onTestFinished(redis.kill)
    const system = await startSystem({ env: { api: { REDIS_URL: redis.url, RATE_LIMIT: '20' } } })
    onTestFinished(system.stop)
    const { ask, count } = createCaller(system)
    // The first requests may come before the connection does.
    await vi.waitUntil(async () => (await ask()) && count(AWAY) === count(BACK), WITHIN)
    const before = count(AWAY)

    await redis.kill()
    const statuses = []
    for (let times = 0; times < 25; times++) statuses.push(await ask())

    expect(statuses.slice(0, 15)).toEqual(Array(15).fill(200))
    expect(statuses.at(-1)).toBe(429)
    expect(count(AWAY) - before).toBe(1)

    await redis.start()
    await vi.waitUntil(async () => (await ask()) && count(AWAY) === count(BACK), WITHIN)
    // The new server has counted next to nothing yet.
    expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 200])
    expect(count(AWAY) - before).toBe(1)
  },
  60_000,
)

const AWAY = 'Redis is away: each process counts rate limits for itself'
const BACK = 'Redis is back'
/** Milliseconds. */

/** `ask` resolves to the status of a request when all that the API logged until then has arrived here. */
function createCaller(system: System) {
  const token = documentedToken(applicationOf(system, 'app-one'))
  return {
    async ask(): Promise<number> {
      const id = randomUUID()
      const { status } = await system.send('/whoami', { token, headers: { 'x-request-id': id } })
      await system.api.logged(({ requestId }) => requestId === id)
      return status
    },
    count: (message: string) => system.api.log.filter(({ msg }) => msg === message).length,
  }
}
