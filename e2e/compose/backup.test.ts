import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { command, compose, ROOT } from './docker.ts'

const folder = mkdtempSync(join(tmpdir(), 'signet-backup-'))
afterAll(() => rmSync(folder, { recursive: true }))
const backup = join(folder, 'backup.dump')

/** The commands of the page for the database of the production shape, in their order. */
const PAGE = readFileSync(join(ROOT, 'docs/runbooks/back-up-and-restore.md'), 'utf8')
const commands = (PAGE.match(/^docker compose .*$/gm) ?? []).map((line) =>
  line.replace('backup.dump', backup),
)
const [backUp = '', stop = '', restore = '', start = ''] = commands
const shell = (line: string) => command('bash', ['-c', line])

test('a backup brings back what was lost, and a damaged one changes nothing', async () => {
  expect(commands).toHaveLength(4)
  const before = await countOrders()
  expect(Number(before)).toBeGreaterThan(0)
  await shell(backUp)
  await sql('delete from orders')

  await shell(stop)
  await shell(restore)
  expect(await countOrders()).toBe(before)

  truncateSync(backup, readFileSync(backup).length - 1000)
  await expect(shell(restore)).rejects.toThrow('exit 1')
  expect(await countOrders()).toBe(before)
  await shell(start)
})

async function countOrders(): Promise<string> {
  return await sql('select count(*) from orders')
}

async function sql(query: string): Promise<string> {
  const psql = ['psql', '--username', 'signet', '--host', '/run/postgresql', '--no-align', '--tuples-only']
  return await compose('exec', '-T', 'postgres', ...psql, '--command', query, 'signet')
}
