import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { applicationOf, documentedToken } from '@signet/testing/application'
import { startSystem } from '@signet/testing/system'
import { WITHIN } from '@signet/testing/within'
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest'

const system = await startSystem()
afterAll(system.stop)
const appOne = applicationOf(system, 'app-one')
const appTwo = applicationOf(system, 'app-two')
const keyFile = system.secret('api/public-keys', `${appOne.appId}_public.pem`)
const applications = system.file('applications.json')
const goodKey = readFileSync(keyFile)
const goodList = readFileSync(applications, 'utf8')

beforeEach(() => becomes({ appOne: 200, appTwo: 200, ready: 200 }))
afterEach(() => {
  rmSync(keyFile, { recursive: true, force: true })
  writeFileSync(keyFile, goodKey)
  writeFileSync(applications, goodList)
})

test.each([
  ['cut short', goodKey.subarray(0, 300)],
  ['a private key', appOne.privateKey],
])('a key file that is %s: the last good keys serve, and the log names the file', async (_, content) => {
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
])('a key file that is %s holds no key: its application is refused', async (_, make) => {
  make()

  await becomes({ appOne: 401, appTwo: 200, ready: 200 })
})

test('a key folder that is away is 503 for all, red at /readyz, and heals when it comes back', async () => {
  const folder = system.secret('api/public-keys')
  renameSync(folder, `${folder}.away`)
  try {
    await becomes({ appOne: 503, appTwo: 503, ready: 503 })
  } finally {
    renameSync(`${folder}.away`, folder)
  }
  await becomes({ appOne: 200, appTwo: 200, ready: 200 })
})

test('an application registry that is broken: the last good one serves, /readyz is red, and it heals', async () => {
  writeFileSync(applications, goodList.replace('"users:read"', 'users:read'))

  await becomes({ appOne: 200, appTwo: 200, ready: 503 })
  const { body } = await system.send('/readyz')
  expect(body).toMatchObject({ code: 'unavailable', checks: ['applications'] })

  writeFileSync(applications, goodList)
  await becomes({ appOne: 200, appTwo: 200, ready: 200 })
})

test('an application that is taken off the application registry is refused, though its key is there', async () => {
  writeFileSync(applications, JSON.stringify(JSON.parse(goodList).slice(1)))

  await becomes({ appOne: 401, appTwo: 200, ready: 200 })
})

/** Asks until these are the answers. */
function becomes(expected: Partial<Awaited<ReturnType<typeof statuses>>>): Promise<void> {
  return vi.waitFor(async () => expect(await statuses()).toMatchObject(expected), WITHIN)
}

async function statuses() {
  const [one, two, ready] = await Promise.all([
    system.send('/whoami', { token: documentedToken(appOne) }),
    system.send('/whoami', { token: documentedToken(appTwo) }),
    system.send('/readyz'),
  ])
  return { appOne: one.status, appTwo: two.status, ready: ready.status }
}
