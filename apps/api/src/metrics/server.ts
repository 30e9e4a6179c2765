import { createServer, type Log, listen, methodNotAllowed, notFound, sendProblems } from '@signet/service'
import express, { type Express } from 'express'
import type { Registry } from 'prom-client'
import { securityHeaders } from '../http/headers.ts'

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
