import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { cleanUp } from '@signet/testing/clean-up'
import { freePort } from '@signet/testing/free-port'
import { temporaryFolder } from './databases.ts'

/** Whether the program is installed. */
export const HAS_PGBOUNCER = isInstalled()

/** For tests: a PgBouncer before a database. Resolves to the URL of the same database behind it. */
export async function startPgBouncer(target: URL, settings: string[]): Promise<string> {
  const port = await freePort()
  const folder = temporaryFolder()
  const file = join(folder, 'pgbouncer.ini')
  const { hostname, username, password, pathname } = target
  const server = [`host=${hostname}`, `port=${target.port || 5432}`, `user=${username || 'postgres'}`]
  if (password) server.push(`password=${decodeURIComponent(password)}`)
  const lines = [
    '[databases]',
    `* = ${server.join(' ')}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    ...settings,
  ]
  writeFileSync(file, lines.join('\n'))
  // It refuses to run as root, and reads the file again as the user it becomes.
  chmodSync(folder, 0o755)
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const child = spawn('pgbouncer', [...user, file], { stdio: ['ignore', 'ignore', 'pipe'] })
  cleanUp(() => child.kill('SIGKILL'))
  let printed = ''
  for await (const line of createInterface(child.stderr)) {
    printed += `${line}\n`
    if (line.includes('process up')) return `postgres://postgres@127.0.0.1:${port}${pathname}`
  }
  throw new Error(`pgbouncer has ended:\n${printed}`)
}

function isInstalled(): boolean {
  try {
    execFileSync('pgbouncer', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
