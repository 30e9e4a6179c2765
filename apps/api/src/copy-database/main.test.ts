import { execFile } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { cleanUp } from '@signet/testing/clean-up'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/databases.ts'
import { openDatabase } from '../database/open.ts'
import { seed } from '../database/sample-data.ts'

const ROOT = join(import.meta.dirname, '../../../..')

/** `npm run copy-database -- …` as npm runs it in `folder`. */
function copy(
  folder: string,
  ...args: string[]
): Promise<{ status: number; output: string; errors: string }> {
  const command = ['scripts/run.js', 'apps/api/src/copy-database/main.ts', ...args]
  const options = { cwd: ROOT, env: { ...process.env, INIT_CWD: folder } }
  return new Promise((resolve) => {
    const child = execFile(process.execPath, command, options, (_, output, errors) =>
      resolve({ status: child.exitCode ?? -1, output, errors }),
    )
  })
}

/** A folder with a database that the API has open and has written to. */
async function liveDatabase() {
  const folder = temporaryFolder()
  const db = await openDatabase({ url: `file:${join(folder, 'live.sqlite')}` })
  cleanUp(() => db.destroy())
  await seed(db, { createdBy: 'all' })
  return { folder, db }
}

function usersIn(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    return Number(database.prepare('select count(*) as users from users').get()?.users)
  } finally {
    database.close()
  }
}

test('a backup is one complete file, made while the API runs, and its contents are printed', async () => {
  const { folder } = await liveDatabase()

  const { status, output, errors } = await copy(folder, 'file:live.sqlite', 'file:backup.sqlite')

  expect([status, errors]).toEqual([0, ''])
  expect(output).toMatch(/^users +50 rows, digest [0-9a-f]{64}\norders +200 rows, digest [0-9a-f]{64}\n/)
  expect(readdirSync(folder).filter((name) => !name.startsWith('live'))).toEqual(['backup.sqlite'])
  expect(usersIn(join(folder, 'backup.sqlite'))).toBe(50)
  // "1" means that the file is read without a log (https://sqlite.org/fileformat2.html#file_format_version_numbers).
  expect([...readFileSync(join(folder, 'backup.sqlite')).subarray(18, 20)]).toEqual([1, 1])
})

test('a restore replaces the rows of a file, and keeps its mode', async () => {
  const { folder, db } = await liveDatabase()
  await copy(folder, 'file:live.sqlite', 'file:backup.sqlite')
  await db.insertInto('users').values({ id: 'late', name: 'Late', email: 'late' }).execute()
  await db.destroy()
  chmodSync(join(folder, 'live.sqlite'), 0o640)

  const { status, errors } = await copy(folder, 'file:backup.sqlite', 'file:live.sqlite', '--replace')

  expect([status, errors]).toEqual([0, ''])
  expect(readdirSync(folder).toSorted()).toEqual(['backup.sqlite', 'live.sqlite'])
  expect(usersIn(join(folder, 'live.sqlite'))).toBe(50)
  expect(statSync(join(folder, 'live.sqlite')).mode & 0o777).toBe(0o640)
})

test('a wrong source ends with 1, a wrong command line with 2 and the usage, and no file is written', async () => {
  const folder = temporaryFolder()
  const [mistyped, surplus, unknown] = await Promise.all([
    copy(folder, 'file:lvie.sqlite', 'file:backup.sqlite'),
    copy(folder, 'file:a', 'file:b', 'postgres://user:hunter2@host/db'),
    copy(folder, 'file:a', 'file:b', '--force'),
  ])
  expect([mistyped.status, surplus.status, unknown.status]).toEqual([1, 2, 2])
  expect(mistyped.errors).toMatch(
    /^Failed:\n {2}FROM_URL: cannot use the file lvie\.sqlite: it does not exist\n$/,
  )
  expect(surplus.errors).toMatch(/^There are more than two URLs\.\n\nUsage: npm run copy-database/)
  expect(unknown.errors).toMatch(/^Unknown option '--force'/)
  expect(surplus.errors).not.toContain('hunter2')
  expect([mistyped, surplus, unknown].map(({ output }) => output)).toEqual(['', '', ''])
  expect(readdirSync(folder)).toEqual([])
})
