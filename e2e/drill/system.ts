import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { privateKeyFile, publicKeyFile } from '@signet/auth'
import { createClient } from '@signet/testing/http'
import { ROOT } from '@signet/testing/repository'
import { type Env, QUICK_START, type Service } from '@signet/testing/service'
import { applicationOf, startSystem } from '@signet/testing/system'
import { until } from '@signet/testing/wait'
import type { DrillRequest } from './outcome.ts'
import { findRedis, openPostgres, readSqliteOrders } from './stores.ts'

const API_PROCESSES = 3

/**
 * The system of the drill: several API processes, PostgreSQL and Redis if this machine has them, and what the operator
 * and the applications do. The `stack` removes everything at the end.
 *
 * @param lifetime of tokens, in seconds
 */
export async function startDrill(stack: AsyncDisposableStack, { lifetime, say }: Options) {
  const [postgres, redis] = [await openPostgres(), await findRedis()]
  if (postgres) stack.defer(postgres.remove)
  const system = await startSystem({
    registry: readFileSync(join(ROOT, 'applications.json'), 'utf8'),
    apiProcesses: API_PROCESSES,
    metrics: true,
    pages: false,
    env: {
      api: {
        ...(postgres && { DATABASE_URL: postgres.url }),
        ...(redis && { REDIS_URL: redis }),
        // The only refusals shall be those of keys.
        RATE_LIMIT: '10000000',
        FAILURE_LIMIT: '10000000',
      },
    },
  })
  stack.defer(system.stop)
  const database = postgres ? 'PostgreSQL' : 'SQLite (no PostgreSQL was found)'
  const limits = redis ? 'Redis' : 'rate limits in memory (no Redis was found)'
  say(`${API_PROCESSES} API processes, ${database}, ${limits}`)

  /** Runs a key command. Throws if it fails. */
  async function keys(command: string, ...words: string[]): Promise<void> {
    const { status, errors } = await system.keys(command, ...words)
    if (status !== 0) throw new Error(`keys ${command} ${words[0] ?? ''}: ${errors}`)
  }

  return {
    keys,
    readOrders: async () => postgres?.readOrders() ?? readSqliteOrders(system.file('signet.sqlite')),

    /** Runs `keys retire` until it succeeds. It waits for the last token of the old key and looks at the metrics. */
    async retire(name: string): Promise<void> {
      const metrics = system.metrics.flatMap((url) => ['--metrics', url])
      for await (const { status, errors } of system.retire(
        name,
        '--lifetime',
        String(lifetime),
        ...metrics,
      )) {
        if (status === 0) return
        say(`not yet: ${errors.trim()}`)
      }
      throw new Error(`keys retire ${name} has failed`)
    },

    /** Resolves to the time at which the key file was gone (milliseconds since 1970), when the command has ended. */
    async revoke(name: string): Promise<number> {
      const keyFile = system.secret('api/public-keys', publicKeyFile(applicationOf(system, name).appId))
      const done = keys('revoke', name)
      while (existsSync(keyFile)) await Promise.race([done, setTimeout(1)])
      const goneAt = Date.now()
      await done
      return goneAt
    },

    /** Stops and starts one API process after the other, as an upgrade does. Resolves to their exit codes. */
    async restartApi(): Promise<(number | null)[]> {
      const codes = []
      for (const api of system.apis) {
        codes.push(await api.stop())
        await api.start()
        await isReady(api)
      }
      return codes
    },

    /** Starts an application that calls the API: it reads these paths and places orders, several at a time. */
    startApplication(name: string, { reads, orders }: { reads: readonly string[]; orders: number }) {
      const application = startApplication({
        NAME: name,
        KEY_FILE: system.secret(name, privateKeyFile(applicationOf(system, name).appId)),
        CA_FILE: system.secret('ca.pem'),
        API_URL: system.api.url,
        API_PORTS: system.apis.map(({ url }) => new URL(url).port).join(' '),
        TOKEN_LIFETIME: String(lifetime),
        READS: reads.join(' '),
        ORDERS: String(orders),
      })
      stack.defer(application.kill)
      return application
    },
  }

  async function isReady({ url }: Service): Promise<void> {
    const send = createClient({ url, ca: system.ca })
    await until(200, () => send('/readyz'))
  }
}

type Options = { lifetime: number; say: (text: string) => void }

/** The process of an application. `stop` resolves to the outcomes of all its requests. */
function startApplication(env: Env) {
  const child = fork(join(import.meta.dirname, 'application.ts'), {
    env: { ...QUICK_START, ...env },
    serialization: 'advanced',
  })
  return {
    async stop(): Promise<DrillRequest[]> {
      if (child.connected) child.send('stop')
      // A process that has failed sends nothing.
      const [requests] = child.connected
        ? await Promise.race([once(child, 'message'), once(child, 'exit')])
        : []
      if (!Array.isArray(requests)) throw new Error(`${env.NAME} has ended`)
      return requests
    },
    kill: () => void child.kill('SIGKILL'),
  }
}
