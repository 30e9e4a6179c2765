import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { parseArgs, promisify } from 'node:util'
import { UsageError } from '../keys/errors.ts'

/** The port of the API, and the next ones, for the applications and the lab. */
export type Ports = Readonly<Record<'api' | 'app-one' | 'app-two' | 'lab', number>>

/** Reads the arguments of a command that starts a system. Throws {@link UsageError}. */
export function readOptions(args: readonly string[]): { ports: Ports; help: boolean } {
  const { port = '3000', help = false } = parse(args)
  const first = Number(port)
  if (!/^\d{1,5}$/.test(port) || first < 1 || first > LAST)
    throw new UsageError(
      `--port: "${port}" is not a whole number from 1 to ${LAST} (the ports after it are used too).`,
    )
  return { ports: { api: first, 'app-one': first + 1, 'app-two': first + 2, lab: first + 3 }, help }
}

/** The highest `--port`. The lab's port is three above it, and must be a port number, too. */
const LAST = 65_532

function parse(args: readonly string[]) {
  try {
    const options = { port: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** A `--port` for a second system, while this one runs. */
export const otherThan = (port: number) => (port === 4000 ? 5000 : 4000)

/** One sentence for each port that cannot be used, with the reason. */
export async function portFaults(ports: readonly number[]): Promise<string[]> {
  const faults = await Promise.all(ports.map(portFault))
  return faults.filter((fault) => fault !== undefined)
}

async function portFault(port: number): Promise<string | undefined> {
  const server = createServer()
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening')
    return undefined
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EACCES') return `Port ${port} is not allowed for this user. Use one above 1023.`
    if (code !== 'EADDRINUSE') throw error
    const holder = await holderOf(port)
    return `Port ${port} is in use${holder ? ` by ${holder}` : ''}.`
  } finally {
    server.close()
  }
}

/** Resolves when a server listens on the port, or when `signal` is aborted. */
export async function untilListening(port: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // The socket may still emit an error after the wait for it has ended.
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    try {
      await once(socket, 'connect', { signal })
      return
    } catch {
      await setTimeout(50)
    } finally {
      socket.destroy()
    }
  }
}

/** Tools that show which process listens. A machine may have none of them. Then the process is not named. */
const TOOLS = [
  { tool: 'lsof', args: (port: number) => ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'] },
  { tool: 'ss', args: (port: number) => ['-ltnpH', `sport = :${port}`] },
]

/** The program and process that listens on a port, such as `node (process 123)`. */
async function holderOf(port: number): Promise<string | undefined> {
  for (const { tool, args } of TOOLS) {
    const { stdout } = await promisify(execFile)(tool, args(port)).catch(() => ({ stdout: '' }))
    const [, pid] = /(?:^p|pid=)(\d+)/m.exec(stdout) ?? []
    const [, name] = /(?:^c|\(\(")([^"\n]+)/m.exec(stdout) ?? []
    // The name of the first thread of Node.js ends so.
    if (pid && name) return `${name.replace('-MainThread', '')} (process ${pid})`
  }
  return undefined
}
