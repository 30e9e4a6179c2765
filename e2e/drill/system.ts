import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Application, parseApplications, privateKeyFile, publicKeyFile } from '@signet/auth'
import { freePort } from '@signet/testing/free-port'
import { startApiProcesses } from './api-processes.ts'
import { startBalancer } from './balancer.ts'
import { openDatabase } from './database.ts'
import { startLoad } from './load.ts'
import { createOperator } from './operator.ts'
import { findRedis } from './redis.ts'

const API_PROCESSES = 3

/**
 * The system in a folder of its own: keys by the real command, several API processes behind a balancer, and the best
 * database and Redis that are to be had. All that it leaves is taken away with the `stack`.
 *
 * @param lifetime of tokens, in seconds
 */
export async function startSystem(stack: AsyncDisposableStack, { lifetime, say }: Options) {
  const folder = mkdtempSync(join(tmpdir(), 'signet-drill-'))
  stack.defer(() => rmSync(folder, { recursive: true }))
  const applications = join(folder, 'applications.json')
  const secret = (...path: string[]) => join(folder, 'secrets', ...path)
  copyFileSync(join(import.meta.dirname, '../../applications.json'), applications)
  const operator = createOperator({ applications, secrets: secret(), say })
  await operator.keys('provision')

  const database = await openDatabase({ file: join(folder, 'signet.sqlite') })
  stack.defer(database.leave)
  const redis = await findRedis()
  const port = await freePort()
  const url = `https://localhost:${port}`
  const api = await startApiProcesses(API_PROCESSES, {
    APPLICATIONS_FILE: applications,
    PUBLIC_KEYS_DIR: secret('api/public-keys'),
    TLS_CERT_FILE: secret('api/server.pem'),
    TLS_KEY_FILE: secret('api/server.key'),
    AUDIENCES: url,
    DATABASE_URL: database.url,
    ...(redis && { REDIS_URL: redis }),
    // All refusals shall be about keys.
    RATE_LIMIT: '10000000',
    FAILURE_LIMIT: '10000000',
  })
  stack.defer(async () => void (await api.killAll()))
  const balancer = await startBalancer({
    port,
    backends: api.urls,
    ca: readFileSync(secret('ca.pem'), 'utf8'),
  })
  stack.defer(balancer.close)
  const limits = redis ? 'Redis' : 'limits in memory (no Redis is to be had)'
  say(`${API_PROCESSES} API processes behind a balancer, ${database.name}, ${limits}`)

  const registered = [...parseApplications(readFileSync(applications, 'utf8')).values()]
  return {
    api,
    balancer,
    operator,
    readBooks: database.readBooks,
    publicKey: (name: string) => secret('api/public-keys', publicKeyFile(idOf(registered, name))),
    /** Lets an application call the API: it reads these paths and places orders, each so many at a time. */
    startLoad(name: string, { reads, orders }: { reads: readonly string[]; orders: number }) {
      const load = startLoad({
        NAME: name,
        KEY_FILE: secret(name, privateKeyFile(idOf(registered, name))),
        CA_FILE: secret('ca.pem'),
        API_URL: url,
        TOKEN_LIFETIME: String(lifetime),
        READS: reads.join(' '),
        ORDERS: String(orders),
      })
      stack.defer(load.kill)
      return load
    },
  }
}

type Options = { lifetime: number; say: (text: string) => void }

function idOf(registered: readonly Application[], name: string): string {
  return registered.find((application) => application.name === name)?.appId ?? ''
}
