import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { addApplication, applicationIn, openClients, tokenOf } from './callers.ts'
import { compose, keys, lines } from './docker.ts'

const { api, appOne } = await openClients()

/** Milliseconds until every process has looked at its files again. */
const NOTICED = 1000

test('nothing is wrong with what was provisioned, and provisioning again changes nothing', async () => {
  expect(await keys('check')).toBe('nothing is wrong\n')
  expect(await keys('provision')).toBe('nothing to do\n')
})

test('a rotation is noticed by the running containers, and no page fails meanwhile', async () => {
  const before = await applicationIn('app-one')
  const load = visitUntilStopped()

  await keys('--', 'rotate', 'app-one')
  await setTimeout(NOTICED)
  const statuses = await load.stop()

  const after = await applicationIn('app-one')
  const { body } = await api('/whoami', { token: tokenOf(after) })
  expect(after.privateKey).not.toBe(before.privateKey)
  expect(new Set(statuses)).toEqual(new Set([200]))
  expect(body).toMatchObject({ name: 'app-one', keyId: await keyIdOfLastCall('app-one') })
})

test('an application that is added is let in, and one that is revoked shut out, within a second', async () => {
  const reporting = await addApplication('reporting', 'users:read')
  const token = tokenOf(reporting)
  await setTimeout(NOTICED)
  const before = await askEachReplica(token)

  await keys('revoke', 'reporting')
  await setTimeout(NOTICED)

  expect(before).toEqual([200, 200, 200, 200])
  expect(await askEachReplica(token)).toEqual([401, 401, 401, 401])
})

test('an application that keeps its private key to itself hands in the public one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'signet-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 })
  writeFileSync(join(folder, 'billing.pem'), publicKey.export({ type: 'spki', format: 'pem' }))
  const mount = `${join(folder, 'billing.pem')}:/billing.pem:ro`

  const add = ['add', 'billing', 'users:read', '--public-key', '/billing.pem']
  const said = await compose('run', '--rm', '-T', '--volume', mount, 'keys', ...add)
  await setTimeout(NOTICED)

  const appId = /in the application registry as (\S+)/.exec(said)?.[1] ?? ''
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const answer = await api('/whoami', { token: tokenOf({ appId, name: 'billing', privateKey: pem }) })
  expect(answer).toMatchObject({ status: 200, body: { name: 'billing' } })
})

function visitUntilStopped() {
  let stopped = false
  const statuses: number[] = []
  const visiting = visit()

  async function visit(): Promise<void> {
    while (!stopped) statuses.push((await appOne('/')).status)
  }

  return {
    async stop(): Promise<number[]> {
      stopped = true
      await visiting
      return statuses
    },
  }
}

/** Which key the API saw last from an application, by its log. */
async function keyIdOfLastCall(name: string): Promise<string> {
  const logs = lines(await compose('logs', '--no-log-prefix', 'api'))
  const calls = logs
    .map((line) => JSON.parse(line))
    .filter(({ caller, route }) => caller === name && route === '/users')
  return calls.sort((a, b) => (a.time < b.time ? -1 : 1)).at(-1)?.keyId
}

/** The statuses of four calls, one after the other, so that the two replicas take turns. */
async function askEachReplica(token: string): Promise<number[]> {
  const statuses: number[] = []
  for (let i = 0; i < 4; i++) statuses.push((await api('/whoami', { token })).status)
  return statuses
}
