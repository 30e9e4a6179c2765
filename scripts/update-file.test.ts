import { existsSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryPlace } from './temporary-place.ts'
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
