import type { ApplicationRegistry, Caller, KeyRing, VerifyToken } from '@signet/auth'
import type { Readiness } from '@signet/service'
import {
  createServer,
  type Log,
  listen,
  methodNotAllowed,
  notFound,
  sendProblems,
  statusOf,
} from '@signet/service'
import type { RequestHandler } from 'express'
import express, { type Express } from 'express'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { securityHeaders } from '../http/headers.ts'

export type Metrics = KeyMetrics & {
  registry: Registry
  /** Counts each request when it is over, by application, route and status. A refused request is also counted by code. */
  countRequests: RequestHandler
  /** Reports with every scrape whether the API can serve requests. */
  watch(readiness: Readiness): void
  /** Reports with every scrape whether the file of the application registry can be used. */
  watchRegistry(applications: Pick<ApplicationRegistry, 'fault'>): void
  /** Counts a file that cannot be used, when the key ring or the application registry reports it. */
  countFault(): void
  /** Counts log lines that could not be written. */
  countLostLines(lines: number): void
}

/** What the API reports to Prometheus: requests by application, the keys in use, and the state of the process. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'signet_requests_total',
    help: 'Requests; the application is empty for a request that was refused before it was known',
    labelNames: ['application', 'method', 'route', 'status'],
    registers,
  })
  const refusals = new Counter({
    name: 'signet_refusals_total',
    help: 'Refused requests by application and code; the application is empty if it was not known',
    labelNames: ['application', 'code'],
    registers,
  })
  const faults = new Counter({
    name: 'signet_file_faults_total',
    help: 'Key files and application registries that could not be used, each fault once',
    registers,
  })
  const lostLines = new Counter({
    name: 'signet_log_lines_lost_total',
    help: 'Log lines that could not be written, for example because the disk is full',
    registers,
  })

  return {
    registry,
    ...measureKeys({ registry }),
    countRequests(req, res, next) {
      res.once('close', () => {
        const { code } = res.locals.refusal ?? {}
        const application = req.caller?.name ?? ''
        if (code) refusals.inc({ application, code })
        requests.inc({
          application,
          method: req.method,
          route: req.route?.path ?? '',
          status: statusOf(res),
        })
      })
      next()
    },
    watch(readiness) {
      new Gauge({
        name: 'signet_ready',
        help: 'Whether requests can be served: 1 or 0',
        registers,
        async collect() {
          this.set((await readiness.failing()).length === 0 ? 1 : 0)
        },
      })
    },
    watchRegistry(applications) {
      new Gauge({
        name: 'signet_registry_valid',
        help: 'Whether the application registry can be used: 1, or 0 while the last valid one serves in its place',
        registers,
        collect() {
          this.set(applications.fault() ? 0 : 1)
        },
      })
    },
    countFault: () => faults.inc(),
    countLostLines: (lines) => lostLines.inc(lines),
  }
}

type KeyMetrics = {
  /** Wraps the verifier: measures its time, and records the last use of each key. */
  observe(verifyToken: VerifyToken, keyRing: KeyRing): VerifyToken
}

/** Measures how long verifications take, how many signatures were remembered, and how old each key in use is. */
export function measureKeys({ registry, now = Date.now }: KeyMetricsOptions): KeyMetrics {
  const registers = [registry]
  const lastUses = new Map<string, { caller: Caller; keyRing: KeyRing; seconds: number }>()
  const verifications = new Histogram({
    name: 'signet_verification_seconds',
    help: 'Time to verify a token; remembered: its signature was not verified again',
    labelNames: ['outcome'],
    buckets: [1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 1e-3, 1e-2],
    registers,
  })
  const labelNames = ['application', 'key_id']
  new Gauge({
    name: 'signet_key_last_used_timestamp_seconds',
    help: 'When a key last verified a request',
    labelNames,
    registers,
    collect() {
      for (const { caller, seconds } of lastUses.values()) this.set(labelsOf(caller), seconds)
    },
  })
  new Gauge({
    name: 'signet_key_created_timestamp_seconds',
    help: 'When a key in use was made',
    labelNames,
    registers,
    collect() {
      this.reset()
      for (const { caller, keyRing } of lastUses.values()) {
        const created = createdOf(caller, keyRing)
        if (created) this.set(labelsOf(caller), created)
      }
    },
  })

  return {
    observe: (verifyToken, keyRing) => (token) => {
      const end = verifications.startTimer()
      let outcome = 'refused'
      try {
        const verified = verifyToken(token)
        outcome = verified.remembered ? 'remembered' : 'verified'
        lastUses.set(verified.caller.keyId, { caller: verified.caller, keyRing, seconds: now() / 1000 })
        return verified
      } finally {
        end({ outcome })
      }
    },
  }
}

type KeyMetricsOptions = { registry: Registry; now?: () => number }

function labelsOf({ name, keyId }: Caller) {
  return { application: name, key_id: keyId }
}

/** Seconds since 1970. Undefined for a key that has left the ring, or whose file does not give its date. */
function createdOf({ appId, keyId }: Caller, keyRing: KeyRing): number | undefined {
  try {
    const created = keyRing.keysOf(appId).find((key) => key.keyId === keyId)?.created
    return created ? Date.parse(created) / 1000 : undefined
  } catch {
    return undefined
  }
}

/** Serves `/metrics` on a separate port (0: a free one), which is not public. Throws ListenError. */
export async function serveMetrics(registry: Registry, { host, port = 0, log }: Place) {
  const server = createServer({ app: createMetricsApp(registry, log), log })
  const opened = await listen(server, { host, port, variable: 'METRICS_PORT' })
  log.info(`metrics on http://${host}:${opened}/metrics`)
  return { port: opened, close: () => server.close() }
}

type Place = { host: string; port: number | undefined; log: Log }

function createMetricsApp(registry: Registry, log: Log): Express {
  const app = express()
  app.use(securityHeaders)
  app
    .route('/metrics')
    .get(async (_req, res) => {
      res.type(registry.contentType).send(await registry.metrics())
    })
    .all(methodNotAllowed('GET', 'HEAD'))
  app.use(notFound())
  app.use(sendProblems({ log }))
  return app
}
