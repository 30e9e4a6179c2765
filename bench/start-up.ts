import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Figure, figureOf } from './measure.ts'

const ROOT = join(import.meta.dirname, '..')
const PORTS = [3000, 3001, 3002]
/** Milliseconds. */
const TIMEOUT = 30_000

/**
 * Milliseconds from `npm start` until all three services answer. If something must be installed or provisioned, the first
 * start does it. Undefined if another program uses one of the ports.
 */
export async function measureStartUp(
  repeats: number,
  progress: (text: string) => void,
): Promise<Figure | undefined> {
  for (const port of PORTS) if (await isTaken(port)) return undefined
  const times: number[] = []
  for (let repeat = 1; repeat <= repeats; repeat++) {
    progress(`npm start: ${repeat} of ${repeats}`)
    times.push(await timeStart())
  }
  return figureOf(times)
}

async function timeStart(): Promise<number> {
  const start = performance.now()
  const npm = spawn('npm', ['start'], { cwd: ROOT, stdio: 'ignore', detached: true })
  const ended = once(npm, 'exit')
  // Stops the whole process group: npm, the runner, and the services.
  const stop = () => npm.pid !== undefined && npm.exitCode === null && process.kill(-npm.pid, 'SIGTERM')
  process.once('exit', stop)
  try {
    await Promise.all([
      untilHealthy(requestHttps, 3000),
      untilHealthy(requestHttp, 3001),
      untilHealthy(requestHttp, 3002),
    ])
    return performance.now() - start
  } finally {
    process.off('exit', stop)
    stop()
    await ended
    const deadline = performance.now() + TIMEOUT
    for (const port of PORTS)
      while (performance.now() < deadline && (await isTaken(port))) await setTimeout(50)
  }
}

/** Sends `GET /healthz` every ten milliseconds until the response has status 200. */
async function untilHealthy(request: typeof requestHttps, port: number): Promise<void> {
  for (const deadline = performance.now() + TIMEOUT; performance.now() < deadline; await setTimeout(10)) {
    // No agent: on a kept connection, the services of the previous start would answer while they stop.
    const sent = request({
      host: 'localhost',
      port,
      path: '/healthz',
      rejectUnauthorized: false,
      agent: false,
    })
    sent.end()
    const [response] = await once(sent, 'response').catch(() => [])
    response?.resume()
    if (response?.statusCode === 200) return
  }
  throw new Error(`npm start: no service answers on port ${port}`)
}

async function isTaken(port: number): Promise<boolean> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  const free = await once(server, 'listening').then(
    () => true,
    () => false,
  )
  server.close()
  return !free
}
