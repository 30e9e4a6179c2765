import { expect, onTestFinished, test, vi } from 'vitest'
import { applicationOf, documentedToken } from '../application.ts'
import { isInstalled } from '../run.ts'
import { startSystem } from '../system.ts'
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
    const token = documentedToken(applicationOf(system, 'app-one'))
    const ask = async (times: number) => {
      const answers = []
      for (let time = 0; time < times; time++) answers.push(await system.send('/whoami', { token }))
      return answers.map(({ status, headers }) => ({ status, left: leftOf(headers.ratelimit) }))
    }
    const logged = (text: string) => system.api.log.filter(({ msg }) => String(msg).startsWith(text))
    // The first requests may come before the connection does, and are counted in memory.
    await vi.waitUntil(
      async () => logged('Redis is away').length === logged('Redis is back').length && (await ask(1)),
    )
    const [{ left = 0 } = {}] = await ask(1)
    const noise = logged('Redis is away').length

    await redis.kill()
    const away = await ask(25)

    expect(left).toBeGreaterThan(10)
    expect(away.slice(0, 15).map(({ status }) => status)).toEqual(Array(15).fill(200))
    expect(away.at(-1)).toEqual({ status: 429, left: 0 })
    expect(logged('Redis is away').length - noise).toBe(1)

    await redis.start()
    await vi.waitUntil(async () => logged('Redis is back').length > noise || void (await ask(1)), {
      timeout: 8000,
      interval: 50,
    })
    // The new server has counted nothing yet.
    expect((await ask(3)).map(({ status }) => status)).toEqual([200, 200, 200])
    expect(logged('Redis is away').length - noise).toBe(1)
  },
)

/** What a RateLimit header says is left. */
function leftOf(header: unknown): number {
  return Number(/;r=(\d+)/.exec(String(header))?.[1])
}
