import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const ROOT = join(import.meta.dirname, '../../..')

/** Ends the process when the lab is gone, however it ended. */
const END_WITH_PARENT = `${new URL('../../../scripts/end-with-parent.js', import.meta.url)}?parent=${process.pid}`

/** What Node has compiled once is kept: a second start takes half the time. */
const QUICK_START = { NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/node') }

/** A service that runs beside the lab. `stop` lets it finish what it is at. */
export type ServiceProcess = Readonly<{ url: string; stop(): Promise<void> }>

/** A service that ended before it listened: its port is taken, for one. The message is what it printed. */
export class ServiceError extends Error {
  readonly code = 'service_ended'

  constructor(name: string, printed: string) {
    super(`${name} did not start. ${printed.trim()}`)
    this.name = 'ServiceError'
  }
}

/**
 * Starts `apps/<name>` as it is run, told everything by `env` and nothing by our own environment, and resolves when it
 * listens. `onLine` hears each line of its log. Throws {@link ServiceError}.
 */
export async function startService(
  name: string,
  env: Readonly<Record<string, string>>,
  onLine: (line: string) => void = () => {},
): Promise<ServiceProcess> {
  const main = join(ROOT, 'apps', name, 'src/main.ts')
  const child = spawn(process.execPath, ['--import', END_WITH_PARENT, main], {
    env: { ...QUICK_START, ...env },
    stdio: 'pipe',
  })
  const closed = once(child, 'close')
  let printed = ''
  child.stderr.on('data', (text) => {
    printed += text
  })

  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      onLine(line)
      const found = /listening on (https?:\/\/[^"\s]+)/.exec(line)?.[1]
      if (found) resolve(found)
    })
    child.once('close', () => reject(new ServiceError(name, printed)))
  })

  async function stop(): Promise<void> {
    child.kill('SIGTERM')
    await closed
  }

  return { url, stop }
}
