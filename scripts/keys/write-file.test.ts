import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { clockAhead, temporaryPlace } from '../test/temporary-secrets.ts'
import { createFile, PRIVATE, PUBLIC, removeLeftovers, replaceFile } from './write-file.ts'

const temporary = () => temporaryPlace().folder

test('creates a file with the mode asked for, whatever the umask', () => {
  const file = join(temporary(), 'a')
  const umask = process.umask(0o077)
  const created = createFile(file, 'text', PUBLIC)
  process.umask(umask)

  expect(created).toBe(true)
  expect(readFileSync(file, 'utf8')).toBe('text')
  expect(statSync(file).mode & 0o777).toBe(PUBLIC)
})

test('never creates over a file that stands', () => {
  const file = join(temporary(), 'a')
  createFile(file, 'first', PRIVATE)

  expect(createFile(file, 'second', PRIVATE)).toBe(false)
  expect(readFileSync(file, 'utf8')).toBe('first')
})

test('replaces a file whole: who has the old one open still reads it', () => {
  const file = join(temporary(), 'a')
  createFile(file, 'old', PRIVATE)
  const { ino } = statSync(file)

  replaceFile(file, 'new', PRIVATE)

  expect(readFileSync(file, 'utf8')).toBe('new')
  expect(statSync(file).ino).not.toBe(ino)
})

test('leaves nothing beside a file that could not be put in place', () => {
  const folder = temporary()
  mkdirSync(join(folder, 'taken'))

  expect(() => replaceFile(join(folder, 'taken'), 'text', PRIVATE)).toThrow(/EISDIR|EEXIST|ENOTEMPTY/)
  expect(() => createFile(join(folder, 'missing', 'a'), 'text', PRIVATE)).toThrow(/ENOENT/)
  expect(readdirSync(folder)).toEqual(['applications.json', 'taken'])
})

test('removes what a write that was cut short left behind a minute ago, and nothing else', () => {
  const folder = temporary()
  const old = join(folder, '.server.key.0123456789abcdef.new')
  for (const file of [old, join(folder, '.server.key.fedcba9876543210.new'), join(folder, 'server.new')])
    writeFileSync(file, '')
  const now = Date.now()
  utimesSync(old, now / 1000, now / 1000 - 61)
  utimesSync(join(folder, 'server.new'), now / 1000, now / 1000 - 61)

  expect(removeLeftovers(folder, now)).toEqual([old])
  expect(readdirSync(folder)).toEqual(['.server.key.fedcba9876543210.new', 'applications.json', 'server.new'])
})

test.each(['EPERM', 'ENOTSUP', 'ENOSYS'])(
  'creates a file on a file system without hard links, too (%s), and never over another',
  (code) => {
    const folder = temporary()
    const file = join(folder, 'a')
    const link = () => {
      throw Object.assign(new Error(code), { code })
    }
    expect(createFile(file, 'first', PRIVATE, { link })).toBe(true)
    const rival = join(folder, 'b')
    const linkLate = () => {
      writeFileSync(rival, 'theirs')
      return link()
    }

    expect(createFile(rival, 'ours', PRIVATE, { link: linkLate })).toBe(false)

    expect(readFileSync(file, 'utf8')).toBe('first')
    expect(statSync(file).mode & 0o777).toBe(PRIVATE)
    expect(readFileSync(rival, 'utf8')).toBe('theirs')
    expect(readdirSync(folder)).toEqual(['a', 'applications.json', 'b'])
  },
)

test('takes nothing away that is young by the clock of its file system', () => {
  const folder = temporary()
  writeFileSync(join(folder, '.server.key.0123456789abcdef.new'), '')
  clockAhead(3_600_000)

  expect(removeLeftovers(folder)).toEqual([])
})
