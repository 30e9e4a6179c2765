import { readFileSync } from 'node:fs'
import { access } from 'node:fs/promises'
import {
  type ApplicationRegistry,
  createVerifier,
  openApplications,
  openKeyRing,
  permits,
} from '@signet/auth'
import { createLog, createReadiness, run, start, tlsFilesOf } from '@signet/service'
import { createApi } from './app.ts'
import { readApiConfig } from './config.ts'
import { nameDatabase } from './database/errors.ts'
import { openDatabase, ping } from './database/open.ts'
import { seed } from './database/sample-data.ts'
import { createMetrics, serveMetrics } from './metrics/metrics.ts'
import { openRateLimitStores } from './rate-limit/stores.ts'

await start(async () => {
  const config = readApiConfig()
  const { HOST: host, PORT: port } = config
  const metrics = config.METRICS_PORT === undefined ? undefined : createMetrics()
  const log = createLog({ name: 'api', level: config.LOG_LEVEL, onLost: metrics?.countLostLines })
  const onFileFault = (error: Error) => {
    log.warn({ err: error }, 'a file cannot be used')
    metrics?.countFault()
  }

  const applications = openApplications({ file: config.APPLICATIONS_FILE, onFault: onFileFault })
  const keyRing = openKeyRing({ folder: config.PUBLIC_KEYS_DIR, onFault: onFileFault })
  const verifyToken = createVerifier({
    applications,
    keyRing,
    audiences: config.AUDIENCES,
    requireAudience: config.REQUIRE_AUDIENCE,
  })

  const password = config.DATABASE_PASSWORD_FILE && readFileSync(config.DATABASE_PASSWORD_FILE, 'utf8')
  const db = await openDatabase({
    url: config.DATABASE_URL,
    password,
    onFault: (error) => log.warn({ err: error }, 'a database connection failed'),
  })
  if (config.SAMPLE_DATA)
    await seed(db, { createdBy: orderingApplication(applications) }).catch((error) => {
      throw nameDatabase(error)
    })
  const rateLimits = await openRateLimitStores({
    rateLimit: config.RATE_LIMIT,
    failureLimit: config.FAILURE_LIMIT,
    redisUrl: config.REDIS_URL,
    log,
  })

  const checks = {
    database: () => ping(db),
    public_keys: () => access(config.PUBLIC_KEYS_DIR),
  }
  const readiness = createReadiness({ checks, log })
  metrics?.watch(readiness)
  metrics?.watchRegistry(applications)
  const app = createApi({
    db,
    verifyToken: metrics?.observe(verifyToken, keyRing) ?? verifyToken,
    rateLimits,
    readiness,
    log,
    metrics,
    trustProxy: config.TRUST_PROXY,
    links: config.SITE_LINKS,
  })

  const metricsServer =
    metrics && (await serveMetrics(metrics.registry, { host, port: config.METRICS_PORT, log }))
  await run({
    app,
    host,
    port,
    tls: tlsFilesOf(config),
    log,
    readiness,
    close: async () => {
      metricsServer?.close()
      rateLimits.close()
      await db.destroy()
    },
  })
})

/** The caller of the invented orders: an application that may place orders. */
function orderingApplication(applications: ApplicationRegistry): string {
  const application = [...applications.all().values()].find(({ permissions }) =>
    permits(permissions, 'orders:write'),
  )
  return application?.appId ?? 'seed'
}
