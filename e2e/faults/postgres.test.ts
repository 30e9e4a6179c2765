import { applicationOf, documentedToken } from '@signet/testing/application'
import { startSystem } from '@signet/testing/system'
import { expect, onTestFinished, test } from 'vitest'
import { startBuyers } from './buyers.ts'
import { POSTGRES_PROGRAMS, startPrivatePostgres } from './private-postgres.ts'

if (!POSTGRES_PROGRAMS && process.env.CI === 'true') throw new Error('The tests need a PostgreSQL server')

test.skipIf(!POSTGRES_PROGRAMS)(
  'PostgreSQL crashes and comes back under load: 503, and the books balance',
  async () => {
    const postgres = await startPrivatePostgres()
    onTestFinished(postgres.remove)
    const system = await startSystem({ env: { api: { DATABASE_URL: postgres.url, RATE_LIMIT: '100000' } } })
    onTestFinished(system.stop)
    const token = documentedToken(applicationOf(system, 'app-two'))
    const buyers = startBuyers({ ...system, token })
    await buyers.confirm(25)

    await postgres.cutDown()
    await buyers.until(() => buyers.refusals.length >= 10)
    const whileAway = await Promise.all(
      ['/users', '/readyz', '/healthz', '/whoami'].map((path) => system.send(path, { token })),
    )
    await postgres.start()
    await buyers.confirm(25)
    const confirmed = await buyers.stop()

    const answers = buyers.refusals.map(({ status, headers }) => ({
      status,
      retryAfter: headers['retry-after'],
    }))
    expect(answers).toEqual(answers.map(() => ({ status: 503, retryAfter: expect.stringMatching(/^\d+$/) })))
    expect(buyers.unanswered()).toBe(0)
    expect(whileAway.map(({ status }) => status)).toEqual([503, 503, 200, 200])
    const ordered = 'select item, id from orders where request_id <> \'seed\' order by item collate "C"'
    expect(await postgres.query(ordered)).toEqual(confirmed)
    expect(await system.send('/readyz')).toMatchObject({ status: 200 })
  },
  60_000,
)
