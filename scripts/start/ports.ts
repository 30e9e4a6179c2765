import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'

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
