import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '@signet/testing/process'
import { ROOT } from '@signet/testing/repository'
import { type Env, QUICK_START } from '@signet/testing/service'
import { startSystem } from '@signet/testing/system'
import { afterAll, expect, test } from 'vitest'

const system = await startSystem()
afterAll(system.stop)

const GOOD: Record<string, Env> = {
  api: { ...system.apiEnv, DATABASE_URL: 'file::memory:' },
  'app-one': system.pageEnv('app-one'),
}

const API_FAULTS = {
  PORT: 'http',
  LOG_LEVEL: 'loud',
  TLS_CERT_FILE: '/nowhere/server.pem',
  PUBLIC_KEYS_DIR: '/dev/null',
  AUDIENCES: 'localhost',
  REQUIRE_AUDIENCE: 'yes',
  REDIS_URL: 'localhost:6379',
  RATE_LIMIT: '-1',
  FAILURE_LIMIT: 'many',
}
const APP_FAULTS = {
  PORT: '65536',
  LOG_LEVEL: 'loud',
  API_URL: 'http://localhost:3000/',
  API_CA_FILE: '/nowhere/ca.pem',
  PRIVATE_KEY_DIR: system.secret('edge'),
  TOKEN_LIFETIME: '301',
  PUBLIC_HOSTS: 'https://people.example.com',
  SITE_LINKS: 'lab=javascript:alert(1)',
}

test.each([
  ['api', API_FAULTS],
  ['app-one', APP_FAULTS],
  ['app-two', APP_FAULTS],
])('%s reports all faults of its configuration at once, with their variables', async (name, faults) => {
  const { status, errors, output } = await start(name, faults)

  expect(status).toBe(1)
  expect(
    errors
      .match(/^ +[A-Z_]+(?= )/gm)
      ?.map((variable) => variable.trim())
      .sort(),
  ).toEqual(Object.keys(faults).sort())
  expect(errors).not.toMatch(STACK)
  expect(output).toBe('')
})

test.each([
  ['api', 'TLS_KEY_FILE'],
  ['api', 'PUBLIC_KEYS_DIR'],
  ['app-one', 'API_CA_FILE'],
  ['app-one', 'PRIVATE_KEY_DIR'],
])('%s says to provision when the file or folder of %s does not exist', async (name, variable) => {
  const { status, errors } = await start(name, { [variable]: '/nowhere' })

  expect(status).toBe(1)
  expect(errors).toContain(`${variable} /nowhere does not exist`)
  expect(errors).toContain('npm run keys -- provision')
  expect(errors).not.toMatch(STACK)
})

test.each([
  ['api', () => system.api.url],
  ['app-one', () => system.appOne.url],
])('%s says so when its port is in use', async (name, url) => {
  const { port } = new URL(url())

  const { status, errors } = await start(name, { PORT: port })

  expect(status).toBe(1)
  expect(errors).toContain(`PORT ${port} is in use`)
  expect(errors).not.toMatch(STACK)
})

test('the API with a broken application registry names its lines and fields', async () => {
  const file = system.file('broken.json')
  writeFileSync(file, '[\n  {\n    "appId": "../x",\n    "name": "api",\n    "permissions": "all"\n  }\n]\n')

  const { status, errors } = await start('api', { APPLICATIONS_FILE: file })

  expect(status).toBe(1)
  for (const place of [':3: appId ', ':4: name ', ':5: permissions '])
    expect(errors).toContain(`${file}${place}`)
  expect(errors).not.toMatch(STACK)
})

test('the API with a DATABASE_URL that it cannot use says so, without the password', async () => {
  const { status, errors, output } = await start('api', {
    DATABASE_URL: 'mysql://signet:hunter2@localhost/db',
  })

  expect(status).toBe(1)
  expect(errors).toContain('DATABASE_URL')
  expect(errors + output).not.toContain('hunter2')
  expect(errors).not.toMatch(STACK)
})

const STACK = /^\s+at |node:internal|\.ts:\d/m

function start(name: string, faults: Env) {
  const env = { ...QUICK_START, ...(GOOD[name] ?? GOOD['app-one']), ...faults }
  return run(process.execPath, [join(ROOT, 'apps', name, 'src/main.ts')], { env })
}
