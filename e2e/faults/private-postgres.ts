import { chownSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@signet/testing/free-port'
import { run } from '@signet/testing/run'
import pg from 'pg'

/** Where Debian keeps the server's programs; undefined on a machine without. */
export const POSTGRES_PROGRAMS = globSync('/usr/lib/postgresql/*/bin').at(-1)

/** A PostgreSQL server for one test, in a folder of its own, which can be cut down and started again. */
export async function startPrivatePostgres() {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'))
  const data = join(folder, 'data')
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const settings = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1`
  await giveAway(folder)
  await postgres('initdb', '-D', data, '-U', 'postgres', '--auth=trust', '--no-sync')

  const start = () => postgres('pg_ctl', 'start', '-w', '-D', data, '-o', settings, '-l', join(folder, 'log'))
  const cutDown = () => postgres('pg_ctl', 'stop', '-w', '-D', data, '-m', 'immediate')
  await start()
  return {
    url,
    start,
    /** As a crash is: nothing is finished, and the next start recovers from the log. */
    cutDown,
    async query(sql: string): Promise<unknown[]> {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      try {
        return (await client.query(sql)).rows
      } finally {
        await client.end()
      }
    },
    async remove() {
      await cutDown().catch(() => {})
      rmSync(folder, { recursive: true })
    },
  }
}

const isRoot = process.getuid?.() === 0

/** The server does not run as root. */
async function giveAway(folder: string): Promise<void> {
  if (!isRoot) return
  const { output } = await run('id', ['-u', 'postgres'])
  chownSync(folder, Number(output), 0)
}

async function postgres(program: string, ...args: string[]): Promise<void> {
  const command = [join(POSTGRES_PROGRAMS ?? '', program), ...args]
  const [first = '', ...rest] = isRoot ? [...AS_POSTGRES, ...command] : command
  const { status, output, errors } = await run(first, rest, { cwd: '/' })
  if (status !== 0) throw new Error(`${program}: ${errors}${output}`)
}

const AS_POSTGRES = ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups']
