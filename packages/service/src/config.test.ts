import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import {
  ConfigError,
  file,
  flag,
  folder,
  host,
  list,
  logLevel,
  port,
  readConfig,
  siteLinks,
  wholeNumber,
} from './config.ts'

const schema = z.object({ PORT: port(3000), NAME: z.string(), DATABASE_URL: z.url('must be a URL') })

test('reads the variables of the schema and ignores the rest', () => {
  const config = readConfig(schema, { PORT: '8080', NAME: 'x', DATABASE_URL: 'a:b', HOME: '/root' })

  expect(config).toEqual({ PORT: 8080, NAME: 'x', DATABASE_URL: 'a:b' })
})

test('counts an empty variable as unset', () => {
  const config = readConfig(schema, { PORT: '', NAME: 'x', DATABASE_URL: 'a:b' })

  expect(config.PORT).toBe(3000)
})

test('names every faulty variable at once, never its value', () => {
  const error = faultOf({ PORT: 'ninety', DATABASE_URL: 'p4ssw0rd' })

  expect(error).toBeInstanceOf(ConfigError)
  expect(error.code).toBe('config_invalid')
  expect(error.faults).toEqual([
    { name: 'PORT', message: 'must be a whole number from 0 to 65535' },
    { name: 'NAME', message: 'is not set' },
    { name: 'DATABASE_URL', message: 'must be a URL' },
  ])
  expect(error.message).toContain('PORT must be a whole number from 0 to 65535\nNAME is not set')
  expect(error.message).not.toContain('p4ssw0rd')
})

const here = mkdtempSync(join(tmpdir(), 'signet-settings-'))
afterAll(() => rmSync(here, { recursive: true }))

test.each(['0x10', '1e3', '-1', '3000.5', ' 3000', '65536', 'http'])('refuses %j as a port', (text) => {
  expect(messageOf(port(3000), text)).toBe('must be a whole number from 0 to 65535')
})

test('accepts both limits of a whole number and nothing outside them', () => {
  const lifetime = wholeNumber({ min: 1, max: 300 })

  expect([lifetime.parse('1'), lifetime.parse('300')]).toEqual([1, 300])
  expect(messageOf(lifetime, '0')).toBe('must be a whole number from 1 to 300')
  expect(messageOf(lifetime, '301')).toBe('must be a whole number from 1 to 300')
})

test('listens only on this machine by default', () => {
  expect(host.parse(undefined)).toBe('127.0.0.1')
  expect(host.parse('::')).toBe('::')
  expect(messageOf(host, 'http://here')).toBe('must be a host name or an IP address')
})

test('accepts only the known log levels', () => {
  expect(logLevel.parse(undefined)).toBe('info')
  expect(messageOf(logLevel, 'loud')).toMatch(/^must be one of fatal, error/)
})

test('accepts true and false as a flag, and no other word', () => {
  expect([flag.parse(undefined), flag.parse('true'), flag.parse('false')]).toEqual([false, true, false])
  expect(messageOf(flag, 'yes')).toBe('must be true or false')
})

test('splits a list at commas and refuses an empty item', () => {
  expect(list.parse('a, b')).toEqual(['a', 'b'])
  expect(messageOf(list, 'a,,b')).toMatch(/without empty items/)
})

test('accepts a readable file and a readable folder', () => {
  const path = join(here, 'there')
  writeFileSync(path, '')

  expect(file('make it').parse(path)).toBe(path)
  expect(folder('make it').parse(here)).toBe(here)
})

test('says what is wrong with a path and how to fix it', () => {
  const loop = join(here, 'loop')
  symlinkSync(loop, loop)

  expect(messageOf(file('make it'), undefined)).toBe('is not set: make it')
  expect(messageOf(file('make it'), join(here, 'gone'))).toBe(`${here}/gone does not exist: make it`)
  expect(messageOf(file('make it'), here)).toBe(`${here} is not a file: make it`)
  expect(messageOf(folder('make it'), import.meta.filename)).toMatch(/is not a folder: make it$/)
  expect(messageOf(file('make it'), loop)).toBe(`${loop} cannot be read (ELOOP): make it`)
})

const read = (text?: string) =>
  readConfig(z.object({ SITE_LINKS: siteLinks }), text === undefined ? {} : { SITE_LINKS: text }).SITE_LINKS

test('reads site links as names with addresses, in the given order', () => {
  expect(read('app-one=http://localhost:3001, API reference = https://localhost:3000/docs?a=b')).toEqual([
    { name: 'app-one', url: 'http://localhost:3001' },
    { name: 'API reference', url: 'https://localhost:3000/docs?a=b' },
  ])
})

test('has no site links by default', () => {
  expect([read(), read('')]).toEqual([[], []])
})

test.each([
  'http://localhost:3001',
  'app-one',
  'app-one=',
  '=http://localhost:3001',
  'app-one=localhost',
  'app-one=/people',
  '<b>=http://localhost:3001',
  'app-one=http://localhost:3001,',
])('refuses %j as site links: a name or an address is missing', (text) => {
  expect(() => read(text)).toThrow(/^SITE_LINKS must be names with their addresses, such as app-one=http/)
})

test.each(['javascript:alert(1)', 'data:text/html,lab', 'ftp://localhost', 'https://me:secret@localhost'])(
  'refuses %s as the address of a site link',
  (url) => {
    expect(() => read(`lab=${url}`)).toThrow('SITE_LINKS must')
  },
)

function faultOf(env: Record<string, string>): ConfigError {
  try {
    readConfig(schema, env)
  } catch (error) {
    return error as ConfigError
  }
  throw new Error('the configuration was accepted')
}

function messageOf(setting: z.ZodType, text: string | undefined): string | undefined {
  return setting.safeParse(text).error?.issues[0]?.message
}
