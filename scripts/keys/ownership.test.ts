import { chmodSync, chownSync, closeSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { asUser, giveAway, IS_ROOT, SERVICE } from '../test/as-user.ts'
import { PEOPLE, provisionedPlace, temporaryPlace } from '../test/temporary-secrets.ts'
import { createFile } from './files.ts'
import { giveOwnership, ownershipFor } from './ownership.ts'
import type { Places } from './places.ts'

const HOUR = { now: () => Date.now() + 3_600_000 }

describe.skipIf(!IS_ROOT)('a command that root runs on the files of a service (needs root)', () => {
  test.each([
    ['rotate app-one --settle 0'],
    ['add reporting users:read'],
    ['grant app-one orders:read'],
    ['revoke app-one'],
  ])('leaves the service the owner of all files: %s', async (command) => {
    const { folder, places, keys } = await serviceOwned()
    chmodSync(places.applications, 0o600)

    expect(await keys(command)).toMatchObject({ status: 0 })

    expect(ownersIn(folder)).toEqual([SERVICE])
    expect(statSync(places.applications).mode & 0o777).toBe(0o600)
    expect(await keys('check')).toMatchObject({ output: 'nothing is wrong' })
  })

  test('gives a file that provision makes to the owner of its folder', async () => {
    const { folder, keys } = temporaryPlace()
    giveAway(folder, SERVICE)

    expect(await keys('provision')).toMatchObject({ status: 0 })

    expect(ownersIn(folder)).toEqual([SERVICE])
  })

  test('keeps the group and the mode of a private key that the group of its service reads', async () => {
    const { places, keys } = await serviceOwned()
    chownSync(places.privateKey(PEOPLE), SERVICE, 2000)
    chmodSync(places.privateKey(PEOPLE), 0o640)

    await keys('rotate app-one --settle 0')

    const { gid, mode } = statSync(places.privateKey(PEOPLE))
    expect([gid, mode & 0o777]).toEqual([2000, 0o640])
  })
})

describe.skipIf(!IS_ROOT)(
  'a command that is not allowed to set the owner of a file (needs root to prepare)',
  () => {
    test('is refused before it changes anything: rotate', async () => {
      const { places, keys } = await serviceOwned()
      chownSync(places.privateKey(PEOPLE), 0, 0)
      const before = readFileSync(places.publicKey('people01'), 'utf8')

      const { status, errors } = await asUser(SERVICE, () => keys('rotate app-one --settle 0'))

      expect(status).toBe(1)
      expect(errors).toContain('must belong to uid 0, gid 0')
      expect(readFileSync(places.publicKey('people01'), 'utf8')).toBe(before)
      expect(readdirSync(places.folder('app-one'))).not.toContain('people01_private.pem.next')
    })

    test('is refused before it changes anything: add', async () => {
      const { places, keys } = await serviceOwned()
      chownSync(places.publicKeys, 1001, 1001)
      chmodSync(places.publicKeys, 0o777)
      const before = readFileSync(places.applications, 'utf8')

      const { status, errors } = await asUser(SERVICE, () => keys('add reporting users:read'))

      expect(status).toBe(1)
      expect(errors).toContain('must belong to uid 1001, gid 1001, but this command runs as uid 1000')
      expect(readFileSync(places.applications, 'utf8')).toBe(before)
    })

    test('is refused: grant, if the registry belongs to another user', async () => {
      const { places, keys } = await serviceOwned()
      chownSync(places.applications, 0, 0)

      expect(await asUser(SERVICE, () => keys('grant app-one orders:read'))).toMatchObject({ status: 1 })

      expect(statSync(places.applications).uid).toBe(0)
    })
  },
)

test.each([
  ['EPERM', true],
  ['ENOTSUP', true],
  ['EIO', false],
])('a write succeeds on a file system that keeps no modes, such as FAT (%s: %s)', (code, isWritten) => {
  const file = join(temporaryPlace().folder, 'a')
  const descriptor = openSync(file, 'wx')
  onTestFinished(() => closeSync(descriptor))
  const chmod = () => {
    throw Object.assign(new Error(code), { code })
  }
  const give = () => giveOwnership(descriptor, file, ownershipFor(file, 0o600), { chmod })

  if (isWritten) expect(give).not.toThrow()
  else expect(give).toThrow(code)
})

test.skipIf(!IS_ROOT)(
  'provision says who can change a mode that it is not allowed to change (needs root to prepare)',
  async () => {
    const { places, keys } = await serviceOwned()
    chownSync(places.privateKey(PEOPLE), 0, 0)
    chmodSync(places.privateKey(PEOPLE), 0o644)

    const { status, errors } = await asUser(SERVICE, () => keys('provision'))

    expect(status).toBe(1)
    expect(errors).toContain('people01_private.pem: its mode stays 644. Run this as its owner or as root.')
  },
)

describe.skipIf(!IS_ROOT)('files that a service cannot read (needs root)', () => {
  test.each<[string, (places: Places) => string, number, RegExp]>([
    [
      'a private key of root',
      (p) => p.privateKey(PEOPLE),
      0,
      /_private.pem: belongs to uid 0, and its folder to uid 1000\n {2}as root: chown 1000:1000/,
    ],
    [
      'a folder of root',
      (p) => p.folder('app-one'),
      0,
      /app-one: belongs to uid 0, and its folder to uid 1000\n {2}as root: chown -R 1000:1000/,
    ],
    ['a history of root', (p) => p.history, 0, /history.jsonl: belongs to uid 0/],
    [
      'a public key of another user',
      (p) => p.publicKey('people01'),
      1001,
      /_public.pem: belongs to uid 1001/,
    ],
  ])('are found by check: %s', async (_, path, uid, expected) => {
    const { places, keys } = await serviceOwned()
    chownSync(path(places), uid, uid)

    expect(await keys('check')).toMatchObject({ status: 1, output: expect.stringMatching(expected) })
  })

  test('are found by check: a registry that the owner of the folder of the API cannot read', async () => {
    const { places, keys } = await serviceOwned()
    chownSync(places.applications, 0, 0)
    expect(await keys('check')).toMatchObject({ output: 'nothing is wrong' })
    chmodSync(places.applications, 0o600)

    expect(await keys('check')).toMatchObject({
      status: 1,
      output: expect.stringContaining('applications.json: cannot be read by uid 1000'),
    })
  })

  test('keep retire from removing the old key, since the application may still sign with it', async () => {
    const { places, keys } = await serviceOwned()
    await keys('rotate app-one --settle 0')
    chownSync(places.privateKey(PEOPLE), 0, 0)

    const refused = await keys('retire app-one', HOUR)
    giveAway(places.folder('app-one'), SERVICE)

    expect(refused).toMatchObject({
      status: 1,
      errors: expect.stringContaining('it still signs with the old key'),
    })
    expect(await keys('retire app-one', HOUR)).toMatchObject({ status: 0 })
  })

  test('may belong to a service that has its own user and folder', async () => {
    const { places, keys } = await serviceOwned()
    giveAway(places.folder('app-one'), 1001)

    expect(await keys('check')).toMatchObject({ output: 'nothing is wrong' })
  })
})

describe.skipIf(!IS_ROOT)(
  'an operator who may not enter the folder of secrets (needs root to prepare)',
  () => {
    test.each([
      ['list', 'unreadable: npm run keys -- check'],
      [
        'check',
        'cannot be looked at, so it is not known whether it exists (EACCES). Run this as uid 0, the owner of',
      ],
      ['rotate app-one', 'cannot be looked at, so it is not known whether it exists (EACCES)'],
      ['retire app-one', 'cannot be looked at, so it is not known whether it exists (EACCES)'],
      ['provision', 'cannot be looked at, so it is not known whether it exists (EACCES)'],
      ['history', 'cannot be looked at, so it is not known whether it exists (EACCES)'],
    ])('is told this, and not that something is missing: %s', async (command, expected) => {
      const { folder, keys } = await provisionedPlace()
      chmodSync(folder, 0o755)

      const { output, errors } = await asUser(SERVICE, () => keys(command))

      expect(output + errors).toContain(expected)
      expect(output + errors).not.toMatch(/is missing|none|no key yet/)
    })
  },
)

async function serviceOwned() {
  const place = await provisionedPlace()
  await place.keys('grant app-one orders:read')
  await place.keys('deny app-one orders:read')
  giveAway(place.folder, SERVICE)
  return place
}

function ownersIn(folder: string): number[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return [...new Set(paths.map((path) => statSync(join(folder, path)).uid))]
}

test.skipIf(!IS_ROOT)(
  'an existing file is not created, even if its folder is not writable (needs root to prepare)',
  async () => {
    const { folder, places } = temporaryPlace()
    chmodSync(folder, 0o755)

    expect(await asUser(SERVICE, () => createFile(places.applications, '', 0o600))).toBe(false)
  },
)
