import type { RequestListener } from 'node:http'
import { onTestFinished } from 'vitest'
import { listen } from '../src/listen.ts'
import type { Log } from '../src/log.ts'
import { createServer, LIMITS } from '../src/server.ts'
import { recordedLog } from './recorded-log.ts'

/** Serves an app on a free port until the test is over. */
export async function serve(app: RequestListener, given: Served = {}) {
  const { limits, log = recordedLog().log, ...rest } = given
  const server = createServer({ app, log, limits: { ...LIMITS, ...limits }, ...rest })
  const port = await listen(server, { host: '127.0.0.1', port: 0 })
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { server, port, origin: `http://127.0.0.1:${port}` }
}

type Served = {
  certificate?: { cert: string; key: string }
  limits?: Partial<typeof LIMITS>
  log?: Log
}
