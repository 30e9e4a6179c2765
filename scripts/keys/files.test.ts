import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { clockAhead, temporaryPlace } from '../test/temporary-secrets.ts'
import { createFile, PRIVATE, PUBLIC, removeLeftovers, replaceFile, updateFile } from './files.ts'

const temporary = () => temporaryPlace().folder

test('creates a file with the given mode, for any umask', () => {
  const file = join(temporary(), 'a')
  const umask = process.umask(0o077)
  const created = createFile(file, 'text', PUBLIC)
  process.umask(umask)

  expect(created).toBe(true)
  expect(readFileSync(file, 'utf8')).toBe('text')
  expect(statSync(file).mode & 0o777).toBe(PUBLIC)
})

test('never overwrites an existing file with createFile', () => {
  const file = join(temporary(), 'a')
  createFile(file, 'first', PRIVATE)

  expect(createFile(file, 'second', PRIVATE)).toBe(false)
  expect(readFileSync(file, 'utf8')).toBe('first')
})

test('replaces a whole file: a process that has the old one open still reads the old text', () => {
  const file = join(temporary(), 'a')
  createFile(file, 'old', PRIVATE)
  const { ino } = statSync(file)

  replaceFile(file, 'new', PRIVATE)

  expect(readFileSync(file, 'utf8')).toBe('new')
  expect(statSync(file).ino).not.toBe(ino)
})

test('leaves no other file when a file could not be written', () => {
  const folder = temporary()
  mkdirSync(join(folder, 'taken'))

  expect(() => replaceFile(join(folder, 'taken'), 'text', PRIVATE)).toThrow(/EISDIR|EEXIST|ENOTEMPTY/)
  expect(() => createFile(join(folder, 'missing', 'a'), 'text', PRIVATE)).toThrow(/ENOENT/)
  expect(readdirSync(folder)).toEqual(['applications.json', 'taken'])
})

test('removes what an interrupted write left more than a minute ago, and nothing else', () => {
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
  'also creates a file on a file system without hard links (%s), and never overwrites another one',
  (code) => {
    const folder = temporary()
    const file = join(folder, 'a')
    const link = () => {
      throw Object.assign(new Error(code), { code })
    }
    expect(createFile(file, 'first', PRIVATE, { link })).toBe(true)
    const other = join(folder, 'b')
    const linkLate = () => {
      writeFileSync(other, 'of another command')
      return link()
    }

    expect(createFile(other, 'our text', PRIVATE, { link: linkLate })).toBe(false)

    expect(readFileSync(file, 'utf8')).toBe('first')
    expect(statSync(file).mode & 0o777).toBe(PRIVATE)
    expect(readFileSync(other, 'utf8')).toBe('of another command')
    expect(readdirSync(folder)).toEqual(['a', 'applications.json', 'b'])
  },
)

test('does not remove a file that is young by the clock of its file system', () => {
  const folder = temporary()
  writeFileSync(join(folder, '.server.key.0123456789abcdef.new'), '')
  clockAhead(3_600_000)

  expect(removeLeftovers(folder)).toEqual([])
})

function fileWith(text: string): string {
  const file = join(temporaryPlace().folder, 'a')
  writeFileSync(file, text, { mode: 0o640 })
  return file
}

test('loses none of many updates at once', async () => {
  const file = fileWith('')

  await Promise.all(Array.from({ length: 20 }, () => updateFile(file, (text) => `${text}x`)))

  expect(readFileSync(file, 'utf8')).toBe('x'.repeat(20))
})

test('keeps the mode of the file', async () => {
  const file = fileWith('old')

  await updateFile(file, () => 'new')

  expect(statSync(file).mode & 0o777).toBe(0o640)
})

test('leaves the file as it was, and no lock, if the change throws', async () => {
  const file = fileWith('old')
  const change = () => {
    throw new Error('refused')
  }

  await expect(updateFile(file, change)).rejects.toThrow('refused')

  expect(readFileSync(file, 'utf8')).toBe('old')
  expect(existsSync(`${file}.lock`)).toBe(false)
})

test('does not write a file that stays the same', async () => {
  const file = fileWith('old')
  const { ino } = statSync(file)

  await updateFile(file, (text) => text)

  expect(statSync(file).ino).toBe(ino)
  expect(existsSync(`${file}.lock`)).toBe(false)
})

test('changes the target of a symbolic link, and keeps the link', async () => {
  const file = fileWith('old')
  const link = `${file}-link`
  symlinkSync(file, link)

  await updateFile(link, () => 'new')

  expect(readFileSync(file, 'utf8')).toBe('new')
})

test('refuses while another command holds the lock, and does not remove that lock', async () => {
  const file = fileWith('old')
  writeFileSync(`${file}.lock`, '')

  await expect(updateFile(file, () => 'new', { timeout: 50 })).rejects.toMatchObject({ code: 'refused' })

  expect(readFileSync(file, 'utf8')).toBe('old')
  expect(existsSync(`${file}.lock`)).toBe(true)
})

test('does not remove a lock that is younger than ten seconds', async () => {
  const file = fileWith('old')
  writeFileSync(`${file}.lock`, '')
  utimesSync(`${file}.lock`, Date.now() / 1000, Date.now() / 1000 - 8)

  await expect(updateFile(file, () => 'new', { timeout: 0 })).rejects.toMatchObject({ code: 'refused' })

  expect(existsSync(`${file}.lock`)).toBe(true)
})

test('a file that is updated is replaced: a process that has the old one open still reads the old text', async () => {
  const file = fileWith('old')
  const opened = openSync(file, 'r')

  await updateFile(file, () => 'new')

  expect(readFileSync(opened, 'utf8')).toBe('old')
  closeSync(opened)
})

test('a private file is never open to others, not even before it has its name', () => {
  const file = join(temporaryPlace().folder, 'file')
  const modes: number[] = []

  createFile(file, 'text', PRIVATE, {
    link: (aside, target) => {
      modes.push(statSync(aside).mode & 0o777)
      linkSync(aside, target)
    },
  })

  expect(modes).toEqual([PRIVATE])
})

test('removes the lock of a command that was killed', async () => {
  const file = fileWith('old')
  writeFileSync(`${file}.lock`, 'half')
  utimesSync(`${file}.lock`, Date.now() / 1000, Date.now() / 1000 - 11)

  await updateFile(file, () => 'new')

  expect(readFileSync(file, 'utf8')).toBe('new')
})

test.each([3_600_000, -3_600_000])(
  'compares the time of a lock with the clock of its file system, if our clock is %i ms ahead of it',
  async (difference) => {
    const file = fileWith('old')
    writeFileSync(`${file}.lock`, '')
    clockAhead(difference)
    await expect(updateFile(file, () => 'new', { timeout: 50 })).rejects.toMatchObject({ code: 'refused' })

    const eleven = (Date.now() - difference) / 1000 - 11
    utimesSync(`${file}.lock`, eleven, eleven)
    await updateFile(file, () => 'new', { timeout: 50 })

    expect(readFileSync(file, 'utf8')).toBe('new')
  },
)

test('removes a lock whose time is in the future', async () => {
  const file = fileWith('old')
  writeFileSync(`${file}.lock`, '')
  utimesSync(`${file}.lock`, Date.now() / 1000, Date.now() / 1000 + 86_400)

  await updateFile(file, () => 'new', { timeout: 50 })

  expect(readFileSync(file, 'utf8')).toBe('new')
})

test.each<[string, () => string, string]>([
  ['done', () => 'new', 'another command took over its lock'],
  [
    'refused',
    () => {
      throw new Error('refused')
    },
    'refused',
  ],
])('does not remove a lock that another command took over, if the change is %s', async (_, answer, fault) => {
  const file = fileWith('old')
  const change = () => {
    renameSync(`${file}.lock`, `${file}.old-lock`)
    writeFileSync(`${file}.lock`, 'of another command')
    return answer()
  }

  await expect(updateFile(file, change)).rejects.toThrow(fault)

  expect(readFileSync(file, 'utf8')).toBe('old')
  expect(readFileSync(`${file}.lock`, 'utf8')).toBe('of another command')
})

test('keeps a byte order mark, and refuses a file that is not UTF-8', async () => {
  const file = fileWith('\uFEFFold')
  await updateFile(file, (text) => text.replace('old', 'new'))
  expect(readFileSync(file, 'utf8')).toBe('\uFEFFnew')

  writeFileSync(file, 'José', 'latin1')
  await expect(updateFile(file, (text) => `${text}!`)).rejects.toThrow('is not UTF-8 (byte 4 is E9)')
  expect(readFileSync(file, 'latin1')).toBe('José')
})
