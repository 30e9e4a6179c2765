import { createLog, createReadiness, run, start } from '@signet/service'
import { createApp } from './app.ts'
import { laboratoryOf } from './laboratory-of.ts'
import { site } from './site.ts'
import { startSystem } from './system.ts'

/** The ports of `npm start`: app-one and app-two are where everyone looks for them. */
const PORTS = { api: 3000, 'app-one': 3001, 'app-two': 3002 }
const LAB_PORT = 3003

await start(async () => {
  const log = createLog({ name: site.name, level: 'info' })
  const system = await startSystem({
    ports: PORTS,
    labUrl: `http://localhost:${LAB_PORT}`,
    onLine: (line) => process.stdout.write(`${line}\n`),
  })
  try {
    const readiness = createReadiness({ checks: {}, log })
    const app = createApp({ laboratory: laboratoryOf(system), addresses: system, readiness, log })
    await run({ app, host: '127.0.0.1', port: LAB_PORT, log, readiness, close: () => {} })
  } finally {
    await system.stop()
  }
})
