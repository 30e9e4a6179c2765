import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '@signet/service'
import { selfSigned } from '@signet/testing/certificates'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readWebConfig } from './config.ts'

let folder: string
let env: Record<string, string>

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signet-config-'))
  const { cert } = await selfSigned()
  writeFileSync(join(folder, 'ca.pem'), cert)
  writeFileSync(join(folder, 'a1_private.pem'), '')
  env = { API_CA_FILE: join(folder, 'ca.pem'), PRIVATE_KEY_DIR: folder }
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function read(changes: Record<string, string> = {}) {
  return readWebConfig({ name: 'app-test', port: 3009, env: { ...env, ...changes } })
}

function faults(changes: Record<string, string>): string[] {
  try {
    read(changes)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.faults.map(({ name, message }) => `${name} ${message}`)
  }
}

it('has defaults for everything except the files', () => {
  expect(read()).toMatchObject({
    HOST: '127.0.0.1',
    PORT: 3009,
    API_URL: 'https://localhost:3000',
    TOKEN_LIFETIME: 300,
    PUBLIC_HOSTS: [],
    keyFile: join(folder, 'a1_private.pem'),
    ca: expect.stringContaining('BEGIN CERTIFICATE'),
    tls: undefined,
  })
})

it.each([
  'http://localhost:3000',
  'https://localhost:3000/',
  'https://localhost:3000/users',
  'https://me:secret@localhost:3000',
  'https://LOCALHOST',
  'localhost:3000',
  'https://',
])('refuses %s as API_URL, since it is the audience of tokens', (url) => {
  expect(faults({ API_URL: url })).toEqual([expect.stringMatching(/^API_URL must be an https origin/)])
})

it('reads the addresses of the other services from SITE_LINKS, which is empty by default', () => {
  const SITE_LINKS = 'lab=http://localhost:3003,API reference=https://localhost:3000/docs'
  expect(read({ SITE_LINKS }).SITE_LINKS).toEqual([
    { name: 'lab', url: 'http://localhost:3003' },
    { name: 'API reference', url: 'https://localhost:3000/docs' },
  ])
  expect(read().SITE_LINKS).toEqual([])
  expect(faults({ SITE_LINKS: 'lab=javascript:alert(1)' })).toEqual([
    expect.stringMatching(/^SITE_LINKS must/),
  ])
})

it('has the names of PUBLIC_HOSTS and the address it listens on as names of its pages', () => {
  const PUBLIC_HOSTS = 'people.example.com,192.0.2.7'
  expect(read({ PUBLIC_HOSTS }).publicHosts).toEqual(['127.0.0.1', 'people.example.com', '192.0.2.7'])
  expect(read({ HOST: 'my-machine' }).publicHosts).toEqual(['my-machine'])
  for (const HOST of ['0.0.0.0', '::'])
    expect(read({ HOST, PUBLIC_HOSTS: 'a.example' }).publicHosts).toEqual(['a.example'])
  expect(faults({ PUBLIC_HOSTS: 'https://a.example' })).toEqual([expect.stringMatching(/^PUBLIC_HOSTS must/)])
})

it.each(['0', '301', '1.5', 'x', '-1'])('refuses a TOKEN_LIFETIME of %s seconds', (lifetime) => {
  expect(faults({ TOKEN_LIFETIME: lifetime })).toEqual([expect.stringMatching(/^TOKEN_LIFETIME must be/)])
})

describe('the private key', () => {
  it('must exist', () => {
    rmSync(join(folder, 'a1_private.pem'))
    expect(faults({})).toEqual([expect.stringMatching(/^PRIVATE_KEY_DIR .* holds 0: run `npm run keys/)])
    expect(faults({ PRIVATE_KEY_DIR: join(folder, 'none') })).toEqual([
      expect.stringContaining('does not exist'),
    ])
  })

  it('must be the only one', () => {
    writeFileSync(join(folder, 'b2_private.pem'), '')
    expect(faults({})).toEqual([expect.stringMatching(/^PRIVATE_KEY_DIR .* holds 2: leave only the one/)])
  })
})

it('refuses a CA file that does not exist or does not hold a certificate', () => {
  writeFileSync(join(folder, 'empty.pem'), '')
  expect(faults({ API_CA_FILE: join(folder, 'empty.pem') })).toEqual([
    expect.stringContaining('does not hold a PEM certificate'),
  ])
  expect(faults({ API_CA_FILE: join(folder, 'none.pem') })).toEqual([
    expect.stringContaining('does not exist'),
  ])
})

it('looks for the key in secrets/<name> by default', () => {
  const message = faults({ PRIVATE_KEY_DIR: '', API_CA_FILE: '' }).join('\n')
  expect(message).toMatch(/secrets\/app-test/)
})

it('needs both TLS files or none', () => {
  const TLS_CERT_FILE = join(folder, 'ca.pem')
  expect(faults({ TLS_CERT_FILE })).toEqual([expect.stringMatching(/^TLS_KEY_FILE is not set/)])
  expect(read({ TLS_CERT_FILE, TLS_KEY_FILE: TLS_CERT_FILE }).tls).toEqual({
    certFile: TLS_CERT_FILE,
    keyFile: TLS_CERT_FILE,
  })
})

it('reports all wrong variables at once', () => {
  expect(faults({ PORT: 'x', API_URL: 'x', TOKEN_LIFETIME: 'x' })).toHaveLength(3)
})
