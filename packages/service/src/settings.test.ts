import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { z } from 'zod'
import { file, flag, folder, host, list, logLevel, port, wholeNumber } from './settings.ts'

const here = mkdtempSync(join(tmpdir(), 'signet-settings-'))
afterAll(() => rmSync(here, { recursive: true }))

test.each(['0x10', '1e3', '-1', '3000.5', ' 3000', '65536', 'http'])('refuses %j as a port', (text) => {
  expect(messageOf(port(3000), text)).toBe('must be a whole number from 0 to 65535')
})

test('takes the limits of a whole number and nothing beyond them', () => {
  const lifetime = wholeNumber({ min: 1, max: 300 })

  expect([lifetime.parse('1'), lifetime.parse('300')]).toEqual([1, 300])
  expect(messageOf(lifetime, '0')).toBe('must be a whole number from 1 to 300')
  expect(messageOf(lifetime, '301')).toBe('must be a whole number from 1 to 300')
})

test('listens on this machine only unless told otherwise', () => {
  expect(host.parse(undefined)).toBe('127.0.0.1')
  expect(host.parse('::')).toBe('::')
  expect(messageOf(host, 'http://here')).toBe('must be a host name or an IP address')
})

test('takes the known log levels', () => {
  expect(logLevel.parse(undefined)).toBe('info')
  expect(messageOf(logLevel, 'loud')).toMatch(/^must be one of fatal, error/)
})

test('takes true and false as a flag, and no other word', () => {
  expect([flag.parse(undefined), flag.parse('true'), flag.parse('false')]).toEqual([false, true, false])
  expect(messageOf(flag, 'yes')).toBe('must be true or false')
})

test('splits a list at commas and refuses an empty item', () => {
  expect(list.parse('a, b')).toEqual(['a', 'b'])
  expect(messageOf(list, 'a,,b')).toMatch(/without empty items/)
})

test('takes a readable file and a readable folder', () => {
  const path = join(here, 'there')
  writeFileSync(path, '')

  expect(file('make it').parse(path)).toBe(path)
  expect(folder('make it').parse(here)).toBe(here)
})

test('says of a path what is wrong and what to do', () => {
  const loop = join(here, 'loop')
  symlinkSync(loop, loop)

  expect(messageOf(file('make it'), undefined)).toBe('is not set: make it')
  expect(messageOf(file('make it'), join(here, 'gone'))).toBe(`${here}/gone does not exist: make it`)
  expect(messageOf(file('make it'), here)).toBe(`${here} is not a file: make it`)
  expect(messageOf(folder('make it'), import.meta.filename)).toMatch(/is not a folder: make it$/)
  expect(messageOf(file('make it'), loop)).toBe(`${loop} cannot be read (ELOOP): make it`)
})

function messageOf(setting: z.ZodType, text: string | undefined): string | undefined {
  return setting.safeParse(text).error?.issues[0]?.message
}
