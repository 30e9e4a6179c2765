import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '@signet/testing/free-port'
import type { Stage } from '../stage.ts'

export type ApiProcess = Awaited<ReturnType<typeof startApi>>

/** A number that no limit reaches. */
const UNLIMITED = '1000000000'

/** The API as it is run, with a database file and metrics. Its log goes nowhere. */
export async function startApi({ folder, applications, publicKeys }: Stage) {
  const [port, metricsPort] = [await freePort(), await freePort()]
  const metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../apps/api/src/main.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PORT: String(port),
      METRICS_PORT: String(metricsPort),
      APPLICATIONS_FILE: applications,
      PUBLIC_KEYS_DIR: publicKeys,
      TLS_CERT_FILE: join(folder, 'secrets/api/server.pem'),
      TLS_KEY_FILE: join(folder, 'secrets/api/server.key'),
      DATABASE_URL: `file:${join(folder, 'soak.sqlite')}`,
      RATE_LIMIT: UNLIMITED,
      FAILURE_LIMIT: UNLIMITED,
    },
  })
  const exited = once(child, 'exit')
  process.once('exit', () => child.kill())
  while (!(await fetch(metricsUrl).catch(() => undefined))?.ok) {
    if (child.exitCode !== null) throw new Error(`the API has ended (${child.exitCode})`)
    await setTimeout(50)
  }
  return {
    port,
    url: `https://localhost:${port}`,
    metricsUrl,
    stop: async () => {
      child.kill()
      await exited
    },
  }
}
