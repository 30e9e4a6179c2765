import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { freePort } from '@signet/testing/free-port'
import { isInstalled } from '@signet/testing/process'
import { applicationOf, minimalToken, type System, startSystem } from '@signet/testing/system'
import { WITHIN } from '@signet/testing/wait'
import { expect, onTestFinished, test, vi } from 'vitest'

const hasRedis = await isInstalled('redis-server')
if (!hasRedis && process.env.CI === 'true') throw new Error('The tests need redis-server')

test.skipIf(!hasRedis)(
  'Redis fails and comes back: meanwhile the limits are counted in memory, and the log says each once',
  async () => {
    const redis = await startRedis()
    onTestFinished(redis.kill)
    const system = await startSystem({
      env: { api: { REDIS_URL: redis.url, RATE_LIMIT: '20' } },
      pages: false,
    })
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
    // The new server has counted only a few requests yet.
    expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 200])
    expect(count(AWAY) - before).toBe(1)
  },
  60_000,
)

const AWAY = 'Redis is away: each process counts rate limits for itself'
const BACK = 'Redis is back'
/** `ask` resolves to the status of a request, when the log of the API until then was read here. */
function createCaller(system: System) {
  const token = minimalToken(applicationOf(system, 'app-one'))
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

/** A Redis server for one test, in memory only, which can be killed and started again at the same address. */
export async function startRedis() {
  const port = await freePort()
  let server = await start(port)
  return {
    url: `redis://127.0.0.1:${port}`,
    async kill() {
      const closed = once(server, 'close')
      server.kill('SIGKILL')
      await closed
    },
    async start() {
      server = await start(port)
    },
  }
}

/** Resolves when it accepts connections. */
async function start(port: number) {
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const server = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const text of server.stdout.iterator({ destroyOnReturn: false })) {
    if (String(text).includes('Ready to accept connections')) return server
  }
  throw new Error(`redis-server has ended: ${server.exitCode}`)
}
