import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { parseApplications } from '@signet/auth'
import { describe, expect, onTestFinished, test } from 'vitest'
import { asUser, giveAway, IS_ROOT, mountFull, mountOnItself, SERVICE } from '../../test/as-user.ts'
import { PEOPLE, provisionedPlace } from '../../test/temporary-secrets.ts'
import type { Places } from '../places.ts'

const NOON = { now: () => Date.parse('2031-01-01T12:00:00Z') }

test('removes the public keys and writes the time into the registry', async () => {
  const { places, keys } = await provisionedPlace()

  const { status, output } = await keys('revoke app-one', NOON)

  expect(status).toBe(0)
  expect(output).toContain('app-one is revoked')
  expect(existsSync(places.publicKey('people01'))).toBe(false)
  expect(revokedAt(places)).toBe('2031-01-01T12:00:00.000Z')
  expect(revokedAt(places, 'orders02')).toBeUndefined()
})

test('removes the keys first: if it is interrupted, no key is left', async () => {
  const { places, keys } = await provisionedPlace()
  const now = () => {
    throw new Error('killed')
  }

  await expect(keys('revoke app-one', { now })).rejects.toThrow('killed')

  expect(existsSync(places.publicKey('people01'))).toBe(false)
})

test('also removes a key that a rotation publishes at the same moment', async () => {
  const { places, keys } = await provisionedPlace()
  const pem = readFileSync(places.publicKey('people01'))
  let isPutBack = false
  const now = () => {
    if (!isPutBack) writeFileSync(places.publicKey('people01'), pem)
    isPutBack = true
    return 0
  }

  expect(await keys('revoke app-one', { now })).toMatchObject({ status: 0 })

  expect(existsSync(places.publicKey('people01'))).toBe(false)
})

test('waits for a command that is about to publish a key, and then removes that key', async () => {
  const { places, keys } = await provisionedPlace()
  const file = places.publicKey('people01')
  const text = readFileSync(file, 'utf8')
  // The other command looked at the marker before it was there.
  writeFileSync(`${file}.lock`, '')

  const revocation = keys('revoke app-one')
  await setImmediate()
  expect([existsSync(places.revocation('people01')), existsSync(file)]).toEqual([true, true])
  // The other command publishes its key.
  writeFileSync(file, `${text}${text}`)
  rmSync(`${file}.lock`)

  expect(await revocation).toMatchObject({ status: 0 })
  expect(existsSync(file)).toBe(false)
})

test('removes the key even if a command that was killed has left its lock', async () => {
  const { places, keys } = await provisionedPlace()
  const lock = `${places.publicKey('people01')}.lock`
  writeFileSync(lock, '')

  expect(await keys('revoke app-one')).toMatchObject({ status: 0 })
  expect(existsSync(places.publicKey('people01'))).toBe(false)
})

test('can be run again, and keeps the first time', async () => {
  const { places, keys } = await provisionedPlace()
  await keys('revoke app-one', NOON)

  const { status, output } = await keys('revoke app-one')

  expect(status).toBe(0)
  expect(output).toBe('app-one has been revoked since 2031-01-01T12:00:00.000Z')
  expect(revokedAt(places)).toBe('2031-01-01T12:00:00.000Z')
})

test('is not undone by provision, although the private key is still there', async () => {
  const { places, keys } = await provisionedPlace()
  await keys('revoke app-one', NOON)

  expect(await keys('provision')).toMatchObject({ status: 0, output: 'nothing to do' })

  expect(existsSync(places.publicKey('people01'))).toBe(false)
  expect(existsSync(places.privateKey(PEOPLE))).toBe(true)
})

test('a registry that cannot be written does not stop a revocation, and no command undoes it', async () => {
  const { places, keys } = await readOnlyRegistry()

  const { status, errors } = await keys('revoke app-one', NOON)

  expect(status).toBe(1)
  expect(errors).toContain('app-one is locked out: it has no public key, and ')
  expect(errors).toContain('people01_revoked keeps every command from publishing a key again')
  expect(errors).toContain('When it can be written, run again: npm run keys -- revoke app-one')
  await keys('provision')
  for (const command of ['rotate app-one --settle 0', 'grant app-one orders:read', 'deny app-one users:read'])
    expect(await keys(command)).toMatchObject({ status: 1, errors: expect.stringContaining('is revoked') })
  expect(existsSync(places.publicKey('people01'))).toBe(false)
  expect(await keys('list')).toMatchObject({ output: expect.stringContaining('2031-01-01T12:00:00.000Z') })
  expect(await keys('check')).toMatchObject({
    status: 1,
    output: expect.stringMatching(
      /people01_revoked: app-one is revoked, and the application registry does not say so\n {2}npm run keys -- revoke app-one/,
    ),
  })
})

test('the next run completes a revocation with the time of the first, and remove removes the marker', async () => {
  const { places, keys, makeWritable } = await readOnlyRegistry()
  await keys('revoke app-one', NOON)
  makeWritable()

  expect(await keys('revoke app-one')).toMatchObject({ status: 0, output: 'app-one is revoked' })

  expect(revokedAt(places)).toBe('2031-01-01T12:00:00.000Z')
  expect(await keys('check')).toMatchObject({ output: 'nothing is wrong' })
  expect(existsSync(places.revocation('people01'))).toBe(true)
  await keys('remove app-one --unused')
  expect(existsSync(places.revocation('people01'))).toBe(false)
})

test('the message names a registry that is mounted as a single file (EBUSY)', async ({ skip }) => {
  const { places, keys } = await provisionedPlace()
  if (!mountOnItself(places.applications)) return skip('mounting needs root')

  const { errors } = await keys('revoke app-one')
  await keys('provision')

  expect(errors).toContain('EBUSY')
  expect(errors).toContain('It is mounted as a single file, which cannot be replaced.')
  expect(existsSync(places.publicKey('people01'))).toBe(false)
})

test('a registry that is restored from before the revocation does not undo it', async () => {
  const { places, keys } = await provisionedPlace()
  const before = readFileSync(places.applications)
  await keys('revoke app-one')
  writeFileSync(places.applications, before)

  await keys('provision')

  expect(existsSync(places.publicKey('people01'))).toBe(false)
})

test('if the marker cannot be made either, the key file is emptied, and provision and rotate refuse', async () => {
  const { places, keys } = await readOnlyRegistry()
  const makeWritable = closed(places.publicKeys)

  const { errors } = await keys('revoke app-one')
  makeWritable()

  expect(errors).toContain('people01_public.pem is left empty, so that no command publishes a key again')
  expect(statSync(places.publicKey('people01')).size).toBe(0)
  expect(await keys('provision')).toMatchObject({ status: 1 })
  expect(await keys('rotate app-one --settle 0')).toMatchObject({
    status: 1,
    errors: expect.stringContaining('is empty. A revocation leaves it so'),
  })
  expect(statSync(places.publicKey('people01')).size).toBe(0)
})

test('the key file is also emptied on a full disk', async ({ skip }) => {
  const { places, keys } = await provisionedPlace()
  if (!mountFull(places.publicKeys) || !mountOnItself(places.applications)) return skip('mounting needs root')

  const { errors } = await keys('revoke app-one')

  expect(errors).toContain('people01_public.pem is left empty')
  expect(statSync(places.publicKey('people01')).size).toBe(0)
  expect(statSync(places.publicKey('orders02')).size).toBeGreaterThan(0)
})

test('if nothing at all can be written, it says that the application is not revoked', async () => {
  const { places, keys } = await readOnlyRegistry()
  closed(places.publicKeys)
  chmodSync(places.publicKey('people01'), 0o444)

  const { status, errors } = await keys('revoke app-one')

  expect(status).toBe(1)
  expect(errors).toContain('app-one is NOT revoked yet, and the API still accepts it.')
})

test('if only the key cannot be removed, the registry says that the application is revoked, and so does the command', async () => {
  const { places, keys, makeWritable } = await readOnlyRegistry()
  makeWritable()
  closed(places.publicKeys)
  chmodSync(places.publicKey('people01'), 0o444)

  const { status, errors } = await keys('revoke app-one', NOON)

  expect(status).toBe(1)
  expect(errors).toContain('is revoked in ')
  expect(errors).toContain('Its public key could not be removed')
  expect(revokedAt(places)).toBe('2031-01-01T12:00:00.000Z')
})

describe('with a registry that cannot be read', () => {
  test.each([
    ['broken', (p: Places) => writeFileSync(p.applications, '[')],
    ['missing', (p: Places) => rmSync(p.applications)],
  ])('an ID can be revoked all the same: %s', async (_, spoil) => {
    const { places, keys } = await provisionedPlace()
    const before = readFileSync(places.applications)
    spoil(places)

    const { status } = await keys('revoke people01')
    writeFileSync(places.applications, before)
    await keys('provision')

    expect(status).toBe(1)
    expect(existsSync(places.publicKey('people01'))).toBe(false)
  })

  test('a name is refused, since its ID is not known', async () => {
    const { places, keys } = await provisionedPlace()
    writeFileSync(places.applications, '[')

    expect(await keys('revoke app-one')).toMatchObject({
      status: 1,
      errors: expect.stringContaining('not JSON'),
    })
  })
})

test('a revocation that was interrupted after its first step is not undone', async () => {
  const { places, keys } = await provisionedPlace()
  writeFileSync(places.revocation('people01'), '')
  rmSync(places.publicKey('people01'))

  await keys('provision')

  expect(existsSync(places.publicKey('people01'))).toBe(false)
  expect(existsSync(places.privateKey(PEOPLE))).toBe(true)
})

/** Files whose registry cannot be replaced, since its folder is read-only. Root could do so, so it becomes another user. */
async function readOnlyRegistry() {
  const place = await provisionedPlace()
  if (IS_ROOT) giveAway(place.folder, SERVICE)
  const keys: typeof place.keys = (...args) =>
    IS_ROOT ? asUser(SERVICE, () => place.keys(...args)) : place.keys(...args)
  return { ...place, keys, makeWritable: closed(dirname(place.places.applications)) }
}

/** Makes a folder read-only, and returns a function that makes it writable again. */
function closed(folder: string): () => void {
  const { mode } = statSync(folder)
  chmodSync(folder, 0o555)
  const open = () => chmodSync(folder, mode & 0o777)
  // Otherwise a user who is not root could not remove its content.
  onTestFinished(open)
  return open
}

function revokedAt({ applications }: Places, appId = 'people01'): string | undefined {
  return parseApplications(readFileSync(applications)).get(appId)?.revokedAt
}
