import { copyFileSync, existsSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { generateKeyPair, loadPublicKeys } from '@signet/auth'
import { expect, test } from 'vitest'
import { ORDERS, PEOPLE, provisionedPlace, temporaryPlace } from '../test/temporary-secrets.ts'
import type { Places } from './places.ts'

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

test('publishes the public half when only the private one stands', async () => {
  const { places, keys } = await provisionedPlace()
  const [before] = published(places, 'people01')
  rmSync(places.publicKey('people01'))

  expect(await keys('provision')).toMatchObject({ status: 0 })

  expect(published(places, 'people01')[0]?.keyId).toBe(before?.keyId)
})

test('refuses to go on with a lost private key, but provisions the others', async () => {
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

test('refuses a key that stands under another application', async () => {
  const { places, keys } = await provisionedPlace()
  copyFileSync(places.publicKey('orders02'), places.publicKey('people01'))
  copyFileSync(places.privateKey(ORDERS), places.privateKey(PEOPLE))

  const { status, errors } = await keys('provision')

  expect(status).toBe(1)
  expect(errors).toMatch(/holds a key of .*Each application needs its own/)
})

test('publishes a private key that two applications have for one of them only', async () => {
  const { places, keys } = await provisionedPlace()
  copyFileSync(places.privateKey(ORDERS), places.privateKey(PEOPLE))
  rmSync(places.publicKey('people01'))
  rmSync(places.publicKey('orders02'))

  expect(await keys('provision')).toMatchObject({ status: 1 })

  expect(readdirSync(places.publicKeys)).toHaveLength(1)
})

test('refuses a key under two applications even where its private key is not here', async () => {
  const { places, keys } = await provisionedPlace()
  copyFileSync(places.publicKey('orders02'), places.publicKey('people01'))
  for (const name of ['app-one', 'app-two']) rmSync(places.folder(name), { recursive: true })

  expect(await keys('provision')).toMatchObject({
    status: 1,
    errors: expect.stringContaining('needs its own'),
  })
})

test('an unusable file of one application does not keep the others from their keys', async () => {
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
