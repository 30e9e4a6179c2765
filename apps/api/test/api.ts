import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { createVerifier, openApplications, openKeyRing } from '@signet/auth'
import { createClock } from '@signet/auth/testing'
import { createLog, createReadiness, createServer, listen } from '@signet/service'
import { cleanUp } from '@signet/testing/clean-up'
import { createApi } from '../src/app.ts'
import { openDatabase, ping } from '../src/database/open.ts'
import { seed } from '../src/database/sample-data.ts'
import type { Metrics } from '../src/metrics/metrics.ts'
import { openRateLimitStores } from '../src/rate-limit/stores.ts'
import { AUDIENCE, type CallerName, registerCallers } from './applications.ts'

export type Answer<Body> = { status: number; headers: IncomingHttpHeaders; text: string; body: Body }
export type ProblemBody = { code: string; detail: string; requestId: string; errors?: { path: string }[] }

/** The real API on a free port, with a database of its own. It stops at the end of the test or of the file. */
export async function startApi(options: Options = {}) {
  const { databaseUrl = 'file::memory:', lockTimeout, rateLimit = 10_000, failureLimit = 10_000 } = options
  const { callers = registerCallers(options), redisUrl, trustProxy, metrics } = options
  const { log, lines } = recordLog()
  const clock = createClock(Date.now())
  const { now } = clock

  const applications = openApplications({ file: callers.listFile, now })
  const keyRing = openKeyRing({ folder: callers.keyFolder, now })
  const verify = createVerifier({ applications, keyRing, audiences: [AUDIENCE], requireAudience: false, now })
  const verifyToken = metrics?.observe(verify, keyRing) ?? verify
  const db = await openDatabase({ url: databaseUrl, lockTimeout })
  await seed(db, { createdBy: callers.ids.all })
  const rateLimits = await openRateLimitStores({ rateLimit, failureLimit, redisUrl, log })
  const readiness = createReadiness({ checks: { database: () => ping(db) }, log })

  const app = createApi({ db, verifyToken, rateLimits, readiness, log, metrics, trustProxy })
  const server = createServer({ app, log })
  const port = await listen(server, { host: '127.0.0.1', port: 0 })
  cleanUp(async () => {
    server.close()
    server.closeAllConnections()
    rateLimits.close()
    await db.destroy()
    callers.leave()
  })

  /** Sends a request and resolves to its answer. An object in `body` is sent as JSON. */
  async function call<Body = ProblemBody>(path: string, sent: Call = {}): Promise<Answer<Body>> {
    const { as = 'all', scope, token = as && callers.sign(as, { scope, now }) } = sent
    const isJson = typeof sent.body === 'object' && !Buffer.isBuffer(sent.body)
    const body = isJson ? JSON.stringify(sent.body) : (sent.body as string | Buffer | undefined)
    const outgoing = request({
      host: '127.0.0.1',
      port,
      path,
      method: sent.method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(token && { 'x-token': token }),
        ...(isJson && { 'content-type': 'application/json' }),
        ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
        ...sent.headers,
      },
    })
    outgoing.end(body)
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
    const { statusCode = 0, headers } = incoming
    const answer = await text(incoming)
    const isParsed = answer !== '' && headers['content-type']?.includes('json')
    return { status: statusCode, headers, text: answer, body: isParsed && JSON.parse(answer) }
  }

  return { call, app, port, db, clock, lines, callers }
}

type Options = {
  databaseUrl?: string
  /** Milliseconds. */
  lockTimeout?: number
  rateLimit?: number
  failureLimit?: number
  redisUrl?: string
  trustProxy?: string | number
  metrics?: Metrics
  /** The date in the key files. */
  keysCreated?: string
  /** The applications of another API, to share its rate limits. */
  callers?: ReturnType<typeof registerCallers>
}

export type Call = {
  /** The application that signs the token; null for no token. */
  as?: CallerName | null
  scope?: string
  /** Sent instead of a valid one. */
  token?: string
  method?: string
  headers?: Record<string, string | string[]>
  body?: unknown
}

/** A real log whose lines are recorded. */
export function recordLog() {
  const lines: Record<string, unknown>[] = []
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) }
  return { log: createLog({ name: 'test', level: 'debug', destination }), lines }
}
