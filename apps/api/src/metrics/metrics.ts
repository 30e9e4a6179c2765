import type { Readiness } from '@signet/service'
import type { RequestHandler } from 'express'
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { type KeyMetrics, measureKeys } from './key-metrics.ts'

export type Metrics = KeyMetrics & {
  registry: Registry
  /** Counts each request when it is over: by application, route and status; if it was refused, by code. */
  countRequests: RequestHandler
  /** Tells with every scrape whether the API can serve requests. */
  watch(readiness: Readiness): void
  /** Counts a file that cannot be used, as the key ring and the application registry report it. */
  countFault(): void
  /** Counts log lines that could not be written. */
  countLostLines(lines: number): void
}

/** What the API tells Prometheus: who asks for what, which keys are in use, and how the process fares. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'signet_requests_total',
    help: 'Requests; the application is empty for those refused before it was known',
    labelNames: ['application', 'method', 'route', 'status'],
    registers,
  })
  const refusals = new Counter({
    name: 'signet_refusals_total',
    help: 'Requests refused, by code (rate_limited: the limits that were hit)',
    labelNames: ['code'],
    registers,
  })
  const faults = new Counter({
    name: 'signet_file_faults_total',
    help: 'Key files and application registrys that could not be used, each fault once',
    registers,
  })
  const lostLines = new Counter({
    name: 'signet_log_lines_lost_total',
    help: 'Log lines that could not be written, as when the disk is full or nobody reads them',
    registers,
  })

  return {
    registry,
    ...measureKeys({ registry }),
    countRequests(req, res, next) {
      res.once('close', () => {
        const { code } = res.locals.refusal ?? {}
        if (code) refusals.inc({ code })
        const application = req.caller?.name ?? ''
        requests.inc({
          application,
          method: req.method,
          route: req.route?.path ?? '',
          status: res.statusCode,
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
    countFault: () => faults.inc(),
    countLostLines: (lines) => lostLines.inc(lines),
  }
}
