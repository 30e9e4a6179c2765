import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { cleanUp } from '@signet/testing/clean-up'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/databases.ts'
import { openDatabase } from '../database/open.ts'
import { seed } from '../database/sample-data.ts'
import { openSource, openTarget } from './source-and-target.ts'

const bookmarks = (folder: string) => {
  const database = new DatabaseSync(join(folder, 'other.sqlite'))
  database.exec('create table bookmarks (url)')
  database.close()
}
const text = (folder: string) => writeFileSync(join(folder, 'text'), 'No database. '.repeat(100))

type Case = {
  what: string
  urls: [string, string]
  reason: RegExp
  replace?: boolean
  prepare?: (folder: string) => unknown
}

test.each<Case>([
  {
    what: 'a source that does not exist',
    urls: ['file:lvie.sqlite', 'file:b.sqlite'],
    reason: /^FROM_URL: cannot use the file .*lvie\.sqlite: it does not exist$/,
  },
  {
    what: 'a source without tables',
    urls: ['file:empty.sqlite', 'file:b.sqlite'],
    reason: /^FROM_URL: the file .*empty\.sqlite holds no tables\.$/,
    prepare: (folder) => writeFileSync(join(folder, 'empty.sqlite'), ''),
  },
  {
    what: 'a source of another program',
    urls: ['file:other.sqlite', 'file:b.sqlite'],
    reason: /^FROM_URL: the file .*other\.sqlite belongs to another program: it holds the table bookmarks\./,
    prepare: bookmarks,
  },
  {
    what: 'a source that is not a database',
    urls: ['file:text', 'file:b.sqlite'],
    reason: /^FROM_URL: the file .*text cannot be read: file is not a database$/,
    prepare: text,
  },
  {
    what: 'a target that is the source',
    urls: ['file:live.sqlite', 'file:./live.sqlite'],
    reason: /the same file/,
    replace: true,
  },
  {
    what: 'a target in memory',
    urls: ['file:live.sqlite', 'file::memory:'],
    reason: /^TO_URL: .*Name a file/,
  },
  {
    what: 'a target that holds rows',
    urls: ['file:live.sqlite', 'file:full.sqlite'],
    reason: /^TO_URL: .*full\.sqlite holds users already\. .*--replace/,
    prepare: async (folder) => {
      const db = await openDatabase({ url: `file:${join(folder, 'full.sqlite')}` })
      await seed(db, { createdBy: 'all' })
      await db.destroy()
    },
  },
  {
    what: 'a target of another program, even to replace it',
    urls: ['file:live.sqlite', 'file:other.sqlite'],
    reason: /^TO_URL: .*other\.sqlite belongs to another program/,
    replace: true,
    prepare: bookmarks,
  },
  {
    what: 'a target that is not a database, even to replace it',
    urls: ['file:live.sqlite', 'file:text'],
    reason: /^TO_URL: .*text: file is not a database\. Move it away first\.$/,
    replace: true,
    prepare: text,
  },
  {
    what: 'a target that a program has open',
    urls: ['file:live.sqlite', 'file:open.sqlite'],
    reason: /^TO_URL: .*open\.sqlite is in use.*Stop the API first/,
    replace: true,
    prepare: async (folder) => {
      const db = await openDatabase({ url: `file:${join(folder, 'open.sqlite')}` })
      cleanUp(() => db.destroy())
    },
  },
  {
    what: 'a target with the log of a removed file',
    urls: ['file:live.sqlite', 'file:gone.sqlite'],
    reason: /^TO_URL: .*gone\.sqlite-wal holds changes/,
    prepare: (folder) => writeFileSync(join(folder, 'gone.sqlite-wal'), ''),
  },
  {
    what: 'a target that is not a URL',
    urls: ['file:live.sqlite', 'postgres://user:hunter2@host:port/db'],
    reason: /^TO_URL must be file:PATH/,
  },
  {
    what: 'a source that is not a URL',
    urls: ['live.sqlite', 'file:b.sqlite'],
    reason: /^FROM_URL must be file:PATH/,
  },
])('refuses $what, and changes nothing', async ({ urls, reason, replace, prepare }) => {
  const folder = temporaryFolder()
  const live = await openDatabase({ url: `file:${join(folder, 'live.sqlite')}` })
  cleanUp(() => live.destroy())
  await seed(live, { createdBy: 'all' })
  await prepare?.(folder)
  const before = readdirSync(folder)
  const [from, to] = urls.map((url) => url.replace(/^file:(?!:)/, `file:${folder}/`)) as [string, string]

  const fault = await openBoth(from, to, replace).catch((error) => error)

  expect(fault).toMatchObject({ code: expect.any(String), message: expect.stringMatching(reason) })
  expect(fault.message).not.toContain('hunter2')
  expect(readdirSync(folder)).toEqual(before)
})

async function openBoth(from: string, to: string, replace = false) {
  const source = await openSource(from, to)
  cleanUp(() => source.destroy())
  await openTarget(to, { replace })
}
