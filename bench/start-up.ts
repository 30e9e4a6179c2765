import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Figure, figureOf } from './statistics.ts'

const ROOT = join(import.meta.dirname, '..')
const PORTS = [3000, 3001, 3002]
/** Milliseconds. */
const PATIENCE = 30_000

/**
 * Milliseconds from `npm start` until all three services answer. Where there is something to install or provision, it is
 * the first start that does so. Undefined when one of their ports is taken.
 */
export async function measureStartUp(
  repeats: number,
  say: (text: string) => void,
): Promise<Figure | undefined> {
  for (const port of PORTS) if (await isTaken(port)) return undefined
  const times: number[] = []
  for (let repeat = 1; repeat <= repeats; repeat++) {
    say(`npm start: ${repeat} of ${repeats}`)
    times.push(await timeStart())
  }
  return figureOf(times)
}

async function timeStart(): Promise<number> {
  const start = performance.now()
  const npm = spawn('npm', ['start'], { cwd: ROOT, stdio: 'ignore', detached: true })
  const ended = once(npm, 'exit')
  // The whole group: npm, the runner, and the services under it.
  const stop = () => npm.pid !== undefined && npm.exitCode === null && process.kill(-npm.pid, 'SIGTERM')
  process.once('exit', stop)
  try {
    await Promise.all([answers(requestHttps, 3000), answers(requestHttp, 3001), answers(requestHttp, 3002)])
    return performance.now() - start
  } finally {
    process.off('exit', stop)
    stop()
    await ended
    const deadline = performance.now() + PATIENCE
    for (const port of PORTS)
      while (performance.now() < deadline && (await isTaken(port))) await setTimeout(50)
  }
}

/** Asks a service every ten milliseconds whether it lives. Nothing of the answer matters but that it comes. */
async function answers(request: typeof requestHttps, port: number): Promise<void> {
  for (const deadline = performance.now() + PATIENCE; performance.now() < deadline; await setTimeout(10)) {
    // No agent: on a connection that was kept, the services of the start before would answer while they stop.
    const asked = request({
      host: 'localhost',
      port,
      path: '/healthz',
      rejectUnauthorized: false,
      agent: false,
    })
    asked.end()
    const [response] = await once(asked, 'response').catch(() => [])
    response?.resume()
    if (response?.statusCode === 200) return
  }
  throw new Error(`npm start: nothing answers on port ${port}`)
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
