import { writeFileSync } from 'node:fs'
import { loadPublicKeys } from '@signet/auth'
import { expect, test } from 'vitest'
import { ORDERS, PEOPLE, temporaryPlace } from '../../test/temporary-secrets.ts'

const DAY = 86_400_000

test('shows each application with its permissions and its keys, newest first', async () => {
  const { places, keys } = temporaryPlace()
  await keys('provision', { now: () => 0 })
  await keys('rotate app-one --settle 0', { now: () => 2 * DAY })
  const [newest, old] = loadPublicKeys(places.publicKey('people01'))

  const { status, output } = await keys('list', { now: () => 3.5 * DAY })

  expect(status).toBe(0)
  expect(output.split('\n').map((line) => line.split(/ {2,}/).filter(Boolean))).toEqual([
    ['NAME', 'APP ID', 'PERMISSIONS', 'KEYS', 'REVOKED'],
    ['app-one', 'people01', 'users:read', `${newest?.keyId} (1 d)`],
    [`${old?.keyId} (3 d)`],
    ['app-two', 'orders02', 'orders:read', expect.stringContaining('(3 d)')],
    ['orders:write'],
  ])
})

test('shows which application is revoked, has no key, or has an invalid key file', async () => {
  const { places, keys } = temporaryPlace([PEOPLE, ORDERS])
  await keys('provision')
  await keys('revoke app-two', { now: () => 0 })
  writeFileSync(places.publicKey('people01'), 'nonsense')

  const { output } = await keys('list')

  expect(output).toMatch(/people01 .* unreadable: npm run keys -- check/)
  expect(output).toMatch(/orders02 .* none .* 1970-01-01T00:00:00.000Z/)
})

test('prints the same as JSON for programs, with times instead of ages', async () => {
  const { places, keys } = temporaryPlace([PEOPLE])
  await keys('provision', { now: () => 0 })
  const [key] = loadPublicKeys(places.publicKey('people01'))

  const { output } = await keys('list --json')

  expect(JSON.parse(output)).toEqual([
    { ...PEOPLE, keys: [{ keyId: key?.keyId, created: '1970-01-01T00:00:00.000Z' }] },
  ])
})
