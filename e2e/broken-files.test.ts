import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { applicationOf, minimalToken, startSystem } from '@signet/testing/system'
import { WITHIN } from '@signet/testing/wait'
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest'

const system = await startSystem({ pages: false, metrics: true })
afterAll(system.stop)
const appOne = applicationOf(system, 'app-one')
const appTwo = applicationOf(system, 'app-two')
const keyFile = system.secret('api/public-keys', `${appOne.appId}_public.pem`)
const { applications } = system
const goodKey = readFileSync(keyFile)
const goodRegistry = readFileSync(applications, 'utf8')

beforeEach(() => becomes({ appOne: 200, appTwo: 200, ready: 200 }))
afterEach(() => {
  rmSync(keyFile, { recursive: true, force: true })
  writeFileSync(keyFile, goodKey)
  writeFileSync(applications, goodRegistry)
})

test.each([
  ['cut short', goodKey.subarray(0, 300)],
  ['a private key', appOne.privateKey],
])('a key file that is %s: the last good keys are used, and the log names the file', async (_, content) => {
  const from = system.api.log.length
  writeFileSync(keyFile, content)

  await vi.waitUntil(async () => {
    await statuses()
    return system.api.log.slice(from).some((line) => JSON.stringify(line).includes(`${keyFile}: `))
  }, WITHIN)
  expect(await statuses()).toEqual({ appOne: 200, appTwo: 200, ready: 200 })
})

test.each([
  ['a folder', () => mkdirSync(keyFile)],
  ['a link to itself', () => symlinkSync(keyFile, keyFile)],
])('a key file that is %s cannot be read: 503 for its application and for no other', async (_, make) => {
  rmSync(keyFile)
  make()

  await becomes({ appOne: 503, appTwo: 200, ready: 200 })
  rmSync(keyFile, { recursive: true })
  writeFileSync(keyFile, goodKey)
  await becomes({ appOne: 200, appTwo: 200, ready: 200 })
})

test.each([
  ['gone', () => rmSync(keyFile)],
  ['empty', () => writeFileSync(keyFile, '')],
])('a key file that is %s has no keys: its application is refused', async (_, make) => {
  make()

  await becomes({ appOne: 401, appTwo: 200, ready: 200 })
})

test('without the key folder every application gets 503 and /readyz is red, until it is back', async () => {
  const folder = system.secret('api/public-keys')
  renameSync(folder, `${folder}.away`)
  try {
    await becomes({ appOne: 503, appTwo: 503, ready: 503 })
  } finally {
    renameSync(`${folder}.away`, folder)
  }
  await becomes({ appOne: 200, appTwo: 200, ready: 200 })
})

test('a broken application registry: the last good one is used, /readyz stays green, and the log and a metric report it', async () => {
  const from = system.api.log.length
  writeFileSync(applications, goodRegistry.replace('"users:read"', 'users:read'))

  await vi.waitUntil(async () => {
    await statuses()
    return system.api.log.slice(from).some((line) => JSON.stringify(line).includes(`${applications}:`))
  }, WITHIN)
  expect(await statuses()).toEqual({ appOne: 200, appTwo: 200, ready: 200 })
  expect(await metricsOf()).toContain('signet_registry_valid 0')

  writeFileSync(applications, goodRegistry)
  await vi.waitFor(async () => expect(await metricsOf()).toContain('signet_registry_valid 1'), WITHIN)
})

test('an application that is removed from the application registry is refused, though its key file exists', async () => {
  writeFileSync(applications, JSON.stringify(JSON.parse(goodRegistry).slice(1)))

  await becomes({ appOne: 401, appTwo: 200, ready: 200 })
})

/** Repeats the requests until these are the answers. */
function becomes(expected: Partial<Awaited<ReturnType<typeof statuses>>>): Promise<void> {
  return vi.waitFor(async () => expect(await statuses()).toMatchObject(expected), WITHIN)
}

async function statuses() {
  const [one, two, ready] = await Promise.all([
    system.send('/whoami', { token: minimalToken(appOne) }),
    system.send('/whoami', { token: minimalToken(appTwo) }),
    system.send('/readyz'),
  ])
  return { appOne: one.status, appTwo: two.status, ready: ready.status }
}

async function metricsOf(): Promise<string> {
  const [url = ''] = system.metrics
  return (await fetch(url)).text()
}
