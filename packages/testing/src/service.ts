import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ROOT } from './repository.ts'

export type Env = Readonly<Record<string, string>>
export type LogLine = Readonly<Record<string, unknown>>
export type Service = ReturnType<typeof createService>

/** Node's cache of compiled code. A second start takes half the time with it. */
export const QUICK_START = { NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/node') }

/** Ends the process when this process ends, even if this one is killed. */
const END_WITH_PARENT = `${new URL('../../../scripts/end-with-parent.js', import.meta.url)}?parent=${process.pid}`

/** A service ended before it listened, for example because its port is in use. The message contains what it printed. */
export class ServiceError extends Error {
  readonly code = 'service_ended'

  constructor(name: string, printed: string) {
    super(`${name} did not start. ${printed.trim()}`)
    this.name = 'ServiceError'
  }
}

/**
 * A service as users run it: a process, `node apps/<name>/src/main.ts`, which is configured by `env` and by nothing of
 * our own environment. It can be stopped and started again, at the same address. Its log lines are kept in `log`, unless
 * `onLine` takes them.
 */
export function createService(name: string, env: Env, { onLine }: { onLine?: (line: string) => void } = {}) {
  const log: LogLine[] = []
  const changes = new EventEmitter()
  let child: ChildProcess | undefined
  let errors = ''
  let address: string | undefined

  /** Starts the process if it does not run, and resolves when it listens. Throws {@link ServiceError}. */
  async function start(): Promise<void> {
    if (isAlive()) return
    const port = address && { PORT: new URL(address).port }
    const main = join(ROOT, 'apps', name, 'src/main.ts')
    const started = spawn(process.execPath, ['--import', END_WITH_PARENT, main], {
      env: { ...QUICK_START, ...env, ...port },
      stdio: 'pipe',
    })
    child = started
    const before = errors.length
    started.stderr.on('data', (text) => {
      errors += text
    })
    address = await new Promise<string>((resolve, reject) => {
      createInterface(started.stdout).on('line', (line) => {
        if (onLine) onLine(line)
        else log.push(JSON.parse(line))
        changes.emit('change')
        const url = /"listening on (https?:\/\/[^"]+)"/.exec(line)?.[1]
        if (url) resolve(url)
      })
      started.once('close', () => {
        changes.emit('change')
        reject(new ServiceError(name, errors.slice(before)))
      })
    })
  }

  /** Resolves to the first line that is `wanted`, as soon as it is logged. `from`: how many lines are skipped. */
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
    /** Every line that it logged since its first start, parsed. */
    log,
    logged,
    start,
    /** Sends a signal, such as SIGSTOP, after which it does not answer until SIGCONT. */
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
