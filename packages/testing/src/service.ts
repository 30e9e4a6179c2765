import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ROOT } from './root.ts'

export type Env = Readonly<Record<string, string>>
export type LogLine = Readonly<Record<string, unknown>>
export type Service = ReturnType<typeof createService>

/** Node's cache of compiled code, since each service is started many times here. */
export const QUICK_START = { NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/node') }

/** Ends the process when ours is gone, however it ended. */
const END_WITH_PARENT = `${new URL('../../../scripts/end-with-parent.js', import.meta.url)}?parent=${process.pid}`

/**
 * A service as it is run: a process of its own, `node apps/<name>/src/main.ts`, told everything by environment variables
 * and nothing by ours. It can be stopped and started again, at the address it had.
 */
export function createService(name: string, env: Env) {
  const log: LogLine[] = []
  const changes = new EventEmitter()
  let child: ChildProcess | undefined
  let errors = ''
  let address: string | undefined

  /** Starts the process, unless it runs, and resolves when it listens. Throws what it printed when it ends before. */
  async function start(): Promise<void> {
    if (isAlive()) return
    const port = address && { PORT: new URL(address).port }
    const main = join(ROOT, 'apps', name, 'src/main.ts')
    const born = spawn(process.execPath, ['--import', END_WITH_PARENT, main], {
      env: { ...QUICK_START, ...env, ...port },
      stdio: 'pipe',
    })
    child = born
    const from = log.length
    born.stderr.on('data', (text) => {
      errors += text
    })
    createInterface(born.stdout).on('line', (line) => {
      log.push(JSON.parse(line))
      changes.emit('change')
    })
    born.once('close', () => changes.emit('change'))
    const { msg } = await logged(({ msg }) => String(msg).startsWith('listening on '), from)
    address = String(msg).slice('listening on '.length)
  }

  /** The first line that is `wanted`, as soon as it is there. `from`: how many older ones are not to be looked at. */
  async function logged(wanted: (line: LogLine) => boolean, from = 0): Promise<LogLine> {
    for (;;) {
      const found = log.slice(from).find(wanted)
      if (found) return found
      if (!isAlive()) throw new Error(`${name} has ended (${child?.exitCode}): ${errors}`)
      await once(changes, 'change')
    }
  }

  /** Sends a signal, and resolves to the exit code, which is null for a process that was killed. */
  async function end(signal: NodeJS.Signals): Promise<number | null> {
    if (!child || !isAlive()) return child?.exitCode ?? null
    const closed = once(child, 'close')
    child.kill(signal)
    const [code] = await closed
    return code
  }

  function isAlive(): boolean {
    return child?.exitCode === null && child.signalCode === null
  }

  return {
    name,
    /** Every line it logged, parsed, in all its lives. */
    log,
    logged,
    start,
    /** Sends it a signal, such as SIGSTOP, which makes it silent until SIGCONT. */
    signal: (signal: NodeJS.Signals) => void child?.kill(signal),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    /** What it wrote to standard error. */
    errors: () => errors,
    /** Where it listens, such as `https://localhost:3000`. */
    get url(): string {
      if (!address) throw new Error(`${name} was never started`)
      return address
    },
  }
}
