import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { generateKeyPair, loadPrivateKey, loadPublicKeys, thumbprint } from '@signet/auth'
import { expect, onTestFinished, test } from 'vitest'
import { ORDERS, PEOPLE, provisionedPlace, temporaryPlace } from '../../test/temporary-secrets.ts'
import type { Places } from '../places.ts'

test('makes keys and certificates, and check finds nothing wrong', async () => {
  const { places, keys } = temporaryPlace()

  const { status, output } = await keys('provision')

  expect(status).toBe(0)
  expect(output.split('\n')).toHaveLength(2 + 4 * 3 + 2 * 2)
  expect(output).not.toContain('PRIVATE')
  expect(thumbprint(loadPrivateKey(places.privateKey(PEOPLE)))).toBe(published(places, 'people01')[0]?.keyId)
  expect(await keys('check')).toMatchObject({ status: 0, output: 'nothing is wrong' })
})

test('gives private files 0600, folders 0700, and each block its time', async () => {
  const { places, keys } = temporaryPlace()

  await keys('provision', { now: () => Date.parse('2031-01-01T00:00:00Z') })

  for (const file of [places.caKey, places.serverKey('api'), places.privateKey(PEOPLE)])
    expect(modeOf(file)).toBe(0o600)
  for (const folder of [places.secrets, places.folder('edge'), places.publicKeys])
    expect(modeOf(folder)).toBe(0o700)
  expect(published(places, 'people01')[0]?.created).toBe('2031-01-01T00:00:00.000Z')
})

test('makes a password for a database that the group of the file may read, and keeps it', async () => {
  const { folder, keys } = temporaryPlace()
  const file = join(folder, 'password')

  const { status, output } = await keys(`provision --database-password ${file}`)
  const password = readFileSync(file, 'utf8')
  await keys(`provision --database-password ${file}`)

  expect(status).toBe(0)
  expect(password).toMatch(/^[\w-]{43}$/)
  expect(output).not.toContain(password)
  expect(modeOf(file)).toBe(0o640)
  expect(readFileSync(file, 'utf8')).toBe(password)
})

test('changes nothing when run again', async () => {
  const { places, keys } = await provisionedPlace()
  const before = contents(places.secrets)

  expect(await keys('provision')).toMatchObject({ status: 0, output: 'nothing to do' })
  expect(contents(places.secrets)).toEqual(before)
})

test('corrects wrong modes', async () => {
  const { places, keys } = await provisionedPlace()
  chmodSync(places.caKey, 0o644)
  chmodSync(places.folder('edge'), 0o755)

  const { output } = await keys('provision')

  expect(output.split('\n')).toHaveLength(2)
  expect([modeOf(places.caKey), modeOf(places.folder('edge'))]).toEqual([0o600, 0o700])
})

test('makes one valid set if three processes run at once', async () => {
  const { places, keys } = temporaryPlace()

  const processes = [start(places), start(places), start(places)]
  const statuses = await Promise.all(processes.map(async (child) => (await once(child, 'exit'))[0]))

  expect(statuses).toEqual([0, 0, 0])
  expect(await keys('check')).toMatchObject({ status: 0, output: 'nothing is wrong' })
})

test('leaves only complete files if it is killed at any moment, and the next run makes the rest', async () => {
  const { places, keys } = temporaryPlace()

  for (const milliseconds of [200, 300, 400, 500]) {
    rmSync(places.secrets, { recursive: true, force: true })
    const child = start(places)
    await Promise.race([once(child, 'exit'), setTimeout(milliseconds)])
    child.kill('SIGKILL')
    const { [places.history]: history = '', ...pem } = contents(places.secrets)
    for (const text of Object.values(pem)) expect(text).toMatch(/-----END [A-Z ]+-----\n$/)
    for (const line of history.split(/(?<=\n)/)) expect(line).toMatch(/^(\{.*\}\n)?$/)
    expect(await keys('provision')).toMatchObject({ status: 0 })
    expect(await keys('check')).toMatchObject({ output: 'nothing is wrong' })
  }
})

function start({ applications, secrets }: Places): ChildProcess {
  const script = join(import.meta.dirname, '../../keys.ts')
  const child = spawn(process.execPath, [
    script,
    'provision',
    '--applications',
    applications,
    '--secrets',
    secrets,
  ])
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** The text of every finished file under a folder. */
function contents(folder: string): Record<string, string> {
  if (!existsSync(folder)) return {}
  const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter(
    (entry) => entry.isFile() && !entry.name.startsWith('.'),
  )
  return Object.fromEntries(
    files.map(({ parentPath, name }) => [
      join(parentPath, name),
      readFileSync(join(parentPath, name), 'utf8'),
    ]),
  )
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777
}

test('makes no keys for a revoked application', async () => {
  const revoked = { ...ORDERS, revokedAt: '2031-01-01T00:00:00Z' }
  const { places, keys } = temporaryPlace([PEOPLE, revoked])

  await keys('provision')

  expect(existsSync(places.publicKey('orders02'))).toBe(false)
  expect(existsSync(places.privateKey(revoked))).toBe(false)
})

test('publishes nothing for an application that is revoked meanwhile', async () => {
  const { places, keys } = await provisionedPlace()
  rmSync(places.privateKey(PEOPLE))
  rmSync(places.publicKey('people01'))
  const newKeyPair = async () => {
    writeFileSync(places.revocation('people01'), '')
    return generateKeyPair({ modulusLength: 2048 })
  }

  expect(await keys('provision', { newKeyPair })).toMatchObject({ status: 1 })

  expect(existsSync(places.publicKey('people01'))).toBe(false)
})

test('publishes nothing for an application that is revoked while another command changes its key file', async () => {
  const { places, keys } = await provisionedPlace()
  const file = places.publicKey('people01')
  rmSync(file)
  writeFileSync(`${file}.lock`, '')
  const newKeyPair = async () => {
    writeFileSync(places.revocation('people01'), '')
    rmSync(`${file}.lock`)
    return generateKeyPair({ modulusLength: 2048 })
  }
  // The other application's key is made while the first one waits for its lock.
  rmSync(places.publicKey(ORDERS.appId))
  rmSync(places.privateKey(ORDERS))

  const { status, errors } = await keys('provision', { newKeyPair })

  expect(status).toBe(1)
  expect(errors).toContain('is revoked')
  expect(existsSync(file)).toBe(false)
})

test('publishes the public key if there is only the private one', async () => {
  const { places, keys } = await provisionedPlace()
  const [before] = published(places, 'people01')
  rmSync(places.publicKey('people01'))

  expect(await keys('provision')).toMatchObject({ status: 0 })

  expect(published(places, 'people01')[0]?.keyId).toBe(before?.keyId)
})

test('refuses an application whose private key is lost, but provisions the others', async () => {
  const { places, keys } = await provisionedPlace()
  rmSync(places.privateKey(PEOPLE))
  rmSync(places.publicKey('orders02'))

  const { status, errors } = await keys('provision')

  expect(status).toBe(1)
  expect(errors).toMatch(/people01_private.pem: is missing.*rotate app-one/)
  expect(existsSync(places.publicKey('orders02'))).toBe(true)
})

test('refuses a private key that is not the published one', async () => {
  const { places, keys } = await provisionedPlace()
  copyFileSync(places.privateKey(ORDERS), places.privateKey(PEOPLE))
  rmSync(places.publicKey('orders02'))

  const { status, errors } = await keys('provision')

  expect(status).toBe(1)
  expect(errors).toMatch(/people01_public.pem: does not hold the key of .*rotate app-one/)
})

test('refuses a key that belongs to another application', async () => {
  const { places, keys } = await provisionedPlace()
  copyFileSync(places.publicKey('orders02'), places.publicKey('people01'))
  copyFileSync(places.privateKey(ORDERS), places.privateKey(PEOPLE))

  const { status, errors } = await keys('provision')

  expect(status).toBe(1)
  expect(errors).toMatch(/holds a key of .*Each application needs its own/)
})

test('publishes a private key that two applications have only for one of them', async () => {
  const { places, keys } = await provisionedPlace()
  copyFileSync(places.privateKey(ORDERS), places.privateKey(PEOPLE))
  rmSync(places.publicKey('people01'))
  rmSync(places.publicKey('orders02'))

  expect(await keys('provision')).toMatchObject({ status: 1 })

  expect(readdirSync(places.publicKeys)).toHaveLength(1)
})

test('refuses a key of two applications even if its private key is not here', async () => {
  const { places, keys } = await provisionedPlace()
  copyFileSync(places.publicKey('orders02'), places.publicKey('people01'))
  for (const name of ['app-one', 'app-two']) rmSync(places.folder(name), { recursive: true })

  expect(await keys('provision')).toMatchObject({
    status: 1,
    errors: expect.stringContaining('needs its own'),
  })
})

test('a file of one application that cannot be used does not stop the others', async () => {
  const { places, keys } = await provisionedPlace()
  rmSync(places.publicKey('orders02'))
  rmSync(places.publicKey('people01'))
  symlinkSync(places.publicKey('people01'), places.publicKey('people01'))

  const { status } = await keys('provision')

  expect(status).toBe(1)
  expect(existsSync(places.publicKey('orders02'))).toBe(true)
})

function published(places: Places, appId: string) {
  return loadPublicKeys(places.publicKey(appId))
}
