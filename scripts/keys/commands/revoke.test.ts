import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { parseApplications } from '@signet/auth'
import { expect, test } from 'vitest'
import { PEOPLE, provisionedPlace } from '../../test/temporary-secrets.ts'

const NOON = { now: () => Date.parse('2031-01-01T12:00:00Z') }

test('takes the public keys away and notes the time', async () => {
  const { places, keys } = await provisionedPlace()

  const { status, output } = await keys('revoke app-one', NOON)

  expect(status).toBe(0)
  expect(output).toContain('app-one is revoked')
  expect(existsSync(places.publicKey('people01'))).toBe(false)
  expect(revokedAt(places.applications, 'people01')).toBe('2031-01-01T12:00:00.000Z')
  expect(revokedAt(places.applications, 'orders02')).toBeUndefined()
})

test('enforces first: cut short, it leaves no key alive', async () => {
  const { places, keys } = await provisionedPlace()
  const now = () => {
    throw new Error('killed')
  }

  await expect(keys('revoke app-one', { now })).rejects.toThrow('killed')

  expect(existsSync(places.publicKey('people01'))).toBe(false)
})

test('takes away, too, what a rotation puts back at the same moment', async () => {
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

test('can be run again, and keeps the first time', async () => {
  const { places, keys } = await provisionedPlace()
  await keys('revoke app-one', NOON)

  const { status, output } = await keys('revoke app-one')

  expect(status).toBe(0)
  expect(output).toBe('app-one is revoked since 2031-01-01T12:00:00.000Z')
  expect(revokedAt(places.applications, 'people01')).toBe('2031-01-01T12:00:00.000Z')
})

test('is not undone by provision, though the private key stands', async () => {
  const { places, keys } = await provisionedPlace()
  await keys('revoke app-one', NOON)

  expect(await keys('provision')).toMatchObject({ status: 0, output: 'nothing to do' })

  expect(existsSync(places.publicKey('people01'))).toBe(false)
  expect(existsSync(places.privateKey(PEOPLE))).toBe(true)
})

function revokedAt(file: string, appId: string): string | undefined {
  return parseApplications(readFileSync(file, 'utf8')).get(appId)?.revokedAt
}
