import type { AddressInfo } from 'node:net'
import { createApi } from '../../apps/api/src/app.ts'
import { openDatabase } from '../../apps/api/src/database/open.ts'
import { seed } from '../../apps/api/src/database/sample-data.ts'
import { openRateLimitStores } from '../../apps/api/src/rate-limit/stores.ts'
import { createVerifier, openApplications, openKeyRing } from '../../packages/auth/src/index.ts'
import { createLog, createReadiness, createServer } from '../../packages/service/src/index.ts'
import { APPLICATION, AUDIENCE, type Fixture } from '../fixture.ts'

/**
 * The API of this repository with everything that it does for a request. Rate limits count, but are never reached.
 * As `api-users-servers`, it uses the PostgreSQL database and the Redis of the environment.
 */
export async function serve({ tls, applications, publicKeys }: Fixture, name: string) {
  const log = createLog({ name: 'api', level: 'info' })
  const audiences = [AUDIENCE]
  const verifyToken = createVerifier({
    applications: openApplications({ file: applications }),
    keyRing: openKeyRing({ folder: publicKeys }),
    audiences,
  })
  const { DATABASE_URL = '', REDIS_URL } = name === 'api-users-servers' ? process.env : {}
  const db = await openDatabase({ url: DATABASE_URL || 'file::memory:' })
  await seed(db, { createdBy: APPLICATION.appId })
  const rateLimits = await openRateLimitStores({
    rateLimit: 1e9,
    failureLimit: 1e9,
    redisUrl: REDIS_URL,
    log,
  })
  const readiness = createReadiness({ checks: {}, log })
  const app = createApi({ db, verifyToken, rateLimits, readiness, log })
  const server = createServer({ app, certificate: tls, log })
  return server.on('listening', () => {
    audiences.push(`https://localhost:${(server.address() as AddressInfo).port}`)
  })
}
