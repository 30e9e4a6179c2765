import {
  existsSync,
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
import { updateFile } from './update-file.ts'

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

test('leaves the file as it was, and no lock, when the change throws', async () => {
  const file = fileWith('old')
  const change = () => {
    throw new Error('refused')
  }

  await expect(updateFile(file, change)).rejects.toThrow('refused')

  expect(readFileSync(file, 'utf8')).toBe('old')
  expect(existsSync(`${file}.lock`)).toBe(false)
})

test('does not touch a file that stays the same', async () => {
  const file = fileWith('old')
  const { ino } = statSync(file)

  await updateFile(file, (text) => text)

  expect(statSync(file).ino).toBe(ino)
  expect(existsSync(`${file}.lock`)).toBe(false)
})

test('changes the file that a link leads to, and keeps the link', async () => {
  const file = fileWith('old')
  const link = `${file}-link`
  symlinkSync(file, link)

  await updateFile(link, () => 'new')

  expect(readFileSync(file, 'utf8')).toBe('new')
})

test('refuses while another command holds the lock, and leaves it that lock', async () => {
  const file = fileWith('old')
  writeFileSync(`${file}.lock`, '')

  await expect(updateFile(file, () => 'new', { patience: 50 })).rejects.toMatchObject({ code: 'refused' })

  expect(readFileSync(file, 'utf8')).toBe('old')
  expect(existsSync(`${file}.lock`)).toBe(true)
})

test('takes away the lock of a command that was killed', async () => {
  const file = fileWith('old')
  writeFileSync(`${file}.lock`, 'half')
  utimesSync(`${file}.lock`, Date.now() / 1000, Date.now() / 1000 - 11)

  await updateFile(file, () => 'new')

  expect(readFileSync(file, 'utf8')).toBe('new')
})

test.each([3_600_000, -3_600_000])(
  'judges a lock by the clock of its file system, when ours is %i ms ahead of that',
  async (difference) => {
    const file = fileWith('old')
    writeFileSync(`${file}.lock`, '')
    clockAhead(difference)
    await expect(updateFile(file, () => 'new', { patience: 50 })).rejects.toMatchObject({ code: 'refused' })

    const eleven = (Date.now() - difference) / 1000 - 11
    utimesSync(`${file}.lock`, eleven, eleven)
    await updateFile(file, () => 'new', { patience: 50 })

    expect(readFileSync(file, 'utf8')).toBe('new')
  },
)

test('takes away a lock from the future, which no command is holding', async () => {
  const file = fileWith('old')
  writeFileSync(`${file}.lock`, '')
  utimesSync(`${file}.lock`, Date.now() / 1000, Date.now() / 1000 + 86_400)

  await updateFile(file, () => 'new', { patience: 50 })

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
])(
  'leaves its lock to another command that took it over, when the change is %s',
  async (_, answer, fault) => {
    const file = fileWith('old')
    const change = () => {
      renameSync(`${file}.lock`, `${file}.old-lock`)
      writeFileSync(`${file}.lock`, 'theirs')
      return answer()
    }

    await expect(updateFile(file, change)).rejects.toThrow(fault)

    expect(readFileSync(file, 'utf8')).toBe('old')
    expect(readFileSync(`${file}.lock`, 'utf8')).toBe('theirs')
  },
)

test('keeps a byte order mark, and refuses text that it would not write back as it was', async () => {
  const file = fileWith('\uFEFFold')
  await updateFile(file, (text) => text.replace('old', 'new'))
  expect(readFileSync(file, 'utf8')).toBe('\uFEFFnew')

  writeFileSync(file, 'José', 'latin1')
  await expect(updateFile(file, (text) => `${text}!`)).rejects.toThrow('is not UTF-8 (byte 4 is E9)')
  expect(readFileSync(file, 'latin1')).toBe('José')
})
