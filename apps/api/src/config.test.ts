import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '@signet/service'
import { afterAll, expect, test } from 'vitest'
import { readApiConfig } from './config.ts'

const folder = mkdtempSync(join(tmpdir(), 'signet-config-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'file')
writeFileSync(file, '')
const FILES = { TLS_CERT_FILE: file, TLS_KEY_FILE: file, APPLICATIONS_FILE: file, PUBLIC_KEYS_DIR: folder }

test('has a default for everything except the files', () => {
  expect(readApiConfig(FILES)).toMatchObject({
    ...FILES,
    PORT: 3000,
    HOST: '127.0.0.1',
    LOG_LEVEL: 'info',
    AUDIENCES: ['https://localhost:3000'],
    REQUIRE_AUDIENCE: false,
    DATABASE_URL: expect.stringMatching(/^file:.*\/data\/signet\.sqlite$/),
    RATE_LIMIT: 1000,
    FAILURE_LIMIT: 100,
    SAMPLE_DATA: false,
  })
})

test('looks for files where provisioning writes them, and names the missing ones', () => {
  const places = { TLS_CERT_FILE: 'server.pem', TLS_KEY_FILE: 'server.key', PUBLIC_KEYS_DIR: 'public-keys' }
  const faults = faultsOf({
    ...FILES,
    ...Object.fromEntries(Object.keys(places).map((name) => [name, '/nowhere'])),
  })

  expect(faults).toEqual(
    Object.keys(places).map((name) => ({
      name,
      message: '/nowhere does not exist: run `npm run keys -- provision`',
    })),
  )
  for (const [name, place] of Object.entries(places)) {
    const { [name]: _, ...others } = FILES as Record<string, string>
    expect(defaultOf(name, others)).toMatch(RegExp(`/secrets/api/${place}`))
  }
})

test('has its own address as the audience, unless AUDIENCES is set', () => {
  expect(readApiConfig({ ...FILES, PORT: '8443' }).AUDIENCES).toEqual(['https://localhost:8443'])
  expect(
    readApiConfig({ ...FILES, AUDIENCES: 'https://api.example.com, https://[::1]:3000' }).AUDIENCES,
  ).toEqual(['https://api.example.com', 'https://[::1]:3000'])
})

test.each([
  [
    'AUDIENCES',
    [
      'https://localhost:3000/',
      'https://localhost:443',
      'localhost',
      'https://a.example/b',
      'https://a,,https://b',
    ],
  ],
  ['PORT', ['65536', '-1', 'http', '3e3']],
  ['HOST', ['local host', 'http://x']],
  ['LOG_LEVEL', ['loud']],
  ['REQUIRE_AUDIENCE', ['yes', '1', 'TRUE']],
  ['SAMPLE_DATA', ['yes', '1', 'TRUE']],
  ['TRUST_PROXY', ['true', 'nonsense', '10.0.0.0/99', 'loopback, x']],
  ['REDIS_URL', ['localhost:6379', 'http://localhost', 'x']],
  ['RATE_LIMIT', ['0', '-1', '1.5', 'many']],
  ['FAILURE_LIMIT', ['0', '-1', '1.5', 'many']],
  ['DATABASE_PASSWORD_FILE', ['/nowhere']],
  ['APPLICATIONS_FILE', ['/nowhere', folder]],
  ['PUBLIC_KEYS_DIR', ['/nowhere', file]],
])('names %s when it is wrong', (name, values) => {
  for (const value of values) {
    const names = faultsOf({ ...FILES, [name]: value }).map((fault) => fault.name)
    expect([value, new Set(names)]).toEqual([value, new Set([name])])
  }
})

test('names all faults at once, without their values', () => {
  const faults = faultsOf({ ...FILES, PORT: 'x', RATE_LIMIT: 'x', REDIS_URL: 'http://:hunter2@localhost' })

  expect(faults.map(({ name }) => name).toSorted()).toEqual(['PORT', 'RATE_LIMIT', 'REDIS_URL'])
  expect(JSON.stringify(faults)).not.toContain('hunter2')
})

test('takes a number of proxies, or their addresses', () => {
  expect(readApiConfig({ ...FILES, TRUST_PROXY: '1' }).TRUST_PROXY).toBe(1)
  expect(readApiConfig({ ...FILES, TRUST_PROXY: 'loopback, 10.0.0.0/8' }).TRUST_PROXY).toBe(
    'loopback, 10.0.0.0/8',
  )
  expect(readApiConfig(FILES).TRUST_PROXY).toBeUndefined()
})

test.each(['redis://127.0.0.1:6379', 'rediss://user:password@redis.example:6380/1'])('takes %s', (url) => {
  expect(readApiConfig({ ...FILES, REDIS_URL: url }).REDIS_URL).toBe(url)
})

function faultsOf(env: NodeJS.ProcessEnv) {
  try {
    readApiConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  return []
}

/** The default value. If its file does not exist here, the fault that quotes it. */
function defaultOf(name: string, env: NodeJS.ProcessEnv): string {
  try {
    return String(Object.entries(readApiConfig(env)).find(([key]) => key === name)?.[1])
  } catch (error) {
    return String((error as ConfigError).faults.find((fault) => fault.name === name)?.message)
  }
}
