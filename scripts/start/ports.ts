import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { parseArgs, promisify } from 'node:util'
import { UsageError } from '../keys/errors.ts'

/** Why these ports cannot be used, one sentence for each that cannot. */
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
    if (code === 'EACCES') return `Port ${port} may not be opened by this user, as one above 1023 may.`
    if (code !== 'EADDRINUSE') throw error
    const holder = await holderOf(port)
    return `Port ${port} is in use${holder ? ` by ${holder}` : ''}.`
  } finally {
    server.close()
  }
}

/** Resolves when a server listens on the port, or when there is no need to know any more. */
export async function untilListening(port: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // An error may still come when nobody waits for the connection any more.
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

/** Tools that know who listens. Each machine has one of them, or none, and then the holder is not named. */
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
    // Node.js names its first thread so.
    if (pid && name) return `${name.replace('-MainThread', '')} (process ${pid})`
  }
  return undefined
}

/** The port of the API, and the ports that follow it, one for each page. */
export type Ports = Readonly<Record<'api' | 'app-one' | 'app-two' | 'lab', number>>

/** Reads the command line of a command that starts a system. Throws {@link UsageError}. */
export function readOptions(args: readonly string[]): { ports: Ports; help: boolean } {
  const { port = '3000', help = false } = parse(args)
  const first = Number(port)
  if (!/^\d{1,5}$/.test(port) || first < 1 || first > LAST)
    throw new UsageError(
      `--port: "${port}" is not a whole number from 1 to ${LAST} (the ports after it are used too).`,
    )
  return { ports: { api: first, 'app-one': first + 1, 'app-two': first + 2, lab: first + 3 }, help }
}

/** The highest `--port`, so that the lab's port, three above it, is one too. */
const LAST = 65_532

function parse(args: readonly string[]) {
  try {
    const options = { port: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** A `--port` for another system beside this one. */
export const otherThan = (port: number) => (port === 4000 ? 5000 : 4000)
