import { createLog, createReadiness, port, readConfig, run, start } from '@signet/service'
import { hostNames } from '@signet/web'
import { z } from 'zod'
import { createApp } from './app.ts'
import { openLaboratory } from './laboratory.ts'
import { site } from './site.ts'
import { startSystem } from './system.ts'

/** The API, app-one and app-two listen on the three ports before the port of the lab. */
const schema = z.object({
  PORT: port(3003).refine((lab) => lab > 3, 'must be above 3'),
  PUBLIC_HOSTS: hostNames.default([]),
})

await start(async () => {
  const { PORT: lab, PUBLIC_HOSTS: publicHosts } = readConfig(schema)
  const ports = { api: lab - 3, appOne: lab - 2, appTwo: lab - 1 }
  const links = [
    { name: 'app-one', url: `http://localhost:${ports.appOne}` },
    { name: 'app-two', url: `http://localhost:${ports.appTwo}` },
    { name: 'lab', url: `http://localhost:${lab}` },
    { name: 'API reference', url: `https://localhost:${ports.api}/docs` },
  ]
  const log = createLog({ name: site.name, level: 'info' })
  log.info('making keys, then starting the API, app-one and app-two')
  const system = await startSystem({
    ports,
    links,
    publicHosts,
    onLine: (line) => process.stdout.write(`${line}\n`),
  })
  try {
    const readiness = createReadiness({ checks: {}, log })
    const laboratory = openLaboratory(system)
    const app = createApp({ laboratory, addresses: system, readiness, log, publicHosts, links })
    await run({ app, host: '127.0.0.1', port: lab, log, readiness, close: () => {} })
  } finally {
    await system.stop()
  }
})
