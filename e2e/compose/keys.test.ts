import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { repeatRequest, startTraffic, statusesOf } from '@signet/testing/traffic'
import { expect, onTestFinished, test } from 'vitest'
import { addApplication, applicationIn, openClients, tokenOf } from './callers.ts'
import { compose, keys, lines } from './docker.ts'

const { api, appOne } = await openClients()

/** Milliseconds until every process has read its files again. */
const NOTICED = 1000

test('keys check finds nothing wrong after provisioning, and a second provision changes nothing', async () => {
  expect(await keys('check')).toBe('nothing is wrong\n')
  expect(await keys('provision')).toBe('nothing to do\n')
})

test('the running containers notice a rotation, and no page fails meanwhile', async () => {
  const before = await applicationIn('app-one')
  const visits = startTraffic([repeatRequest(appOne, '/')], { pause: 0 })

  await keys('--', 'rotate', 'app-one')
  await setTimeout(NOTICED)
  const outcomes = await visits.stop()

  const after = await applicationIn('app-one')
  const { body } = await api('/whoami', { token: tokenOf(after) })
  expect(after.privateKey).not.toBe(before.privateKey)
  expect(statusesOf(outcomes)).toEqual([200])
  expect(body).toMatchObject({ name: 'app-one', keyId: await keyIdOfLastCall('app-one') })
})

test('a new application is accepted within a second, and a revoked one is refused within a second', async () => {
  const reporting = await addApplication('reporting', 'users:read')
  const token = tokenOf(reporting)
  await setTimeout(NOTICED)
  const before = await askEachReplica(token)

  await keys('revoke', 'reporting')
  await setTimeout(NOTICED)

  expect(before).toEqual([200, 200, 200, 200])
  expect(await askEachReplica(token)).toEqual([401, 401, 401, 401])
})

test('an application can keep its private key, and be added with its public key only', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'signet-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 })
  writeFileSync(join(folder, 'billing.pem'), publicKey.export({ type: 'spki', format: 'pem' }))
  const mount = `${join(folder, 'billing.pem')}:/billing.pem:ro`

  const add = ['add', 'billing', 'users:read', '--public-key', '/billing.pem']
  const output = await compose('run', '--rm', '-T', '--volume', mount, 'keys', ...add)
  await setTimeout(NOTICED)

  const appId = /in the application registry as (\S+)/.exec(output)?.[1] ?? ''
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const answer = await api('/whoami', { token: tokenOf({ appId, name: 'billing', privateKey: pem }) })
  expect(answer).toMatchObject({ status: 200, body: { name: 'billing' } })
})

/** The key that an application used last, by the log of the API. */
async function keyIdOfLastCall(name: string): Promise<string> {
  const logs = lines(await compose('logs', '--no-log-prefix', 'api'))
  const calls = logs
    .map((line) => JSON.parse(line))
    .filter(({ caller, route }) => caller === name && route === '/users')
  return calls.sort((a, b) => (a.time < b.time ? -1 : 1)).at(-1)?.keyId
}

/** The statuses of four calls, one after the other: each of the two replicas gets some. */
async function askEachReplica(token: string): Promise<number[]> {
  const statuses: number[] = []
  for (let i = 0; i < 4; i++) statuses.push((await api('/whoami', { token })).status)
  return statuses
}
