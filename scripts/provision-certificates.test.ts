import { X509Certificate } from 'node:crypto'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Places } from './places.ts'
import { provisionedPlace } from './temporary-place.ts'

const DAY = 86_400_000

test('renews the server certificates 30 days before their end, for the same keys', async () => {
  const { places, keys } = await provisionedPlace()
  const key = readFileSync(places.serverKey('api'), 'utf8')
  const end = new X509Certificate(readFileSync(places.serverCertificate('api'))).validToDate.getTime()

  expect(await keys('provision', { now: () => end - 30 * DAY })).toMatchObject({ output: 'nothing to do' })
  const { output } = await keys('provision', { now: () => end - 30 * DAY + 1 })

  expect(output.split('\n')).toHaveLength(4)
  expect(readFileSync(places.serverKey('api'), 'utf8')).toBe(key)
})

test.each<[string, (places: Places) => void]>([
  ['is missing', (places) => rmSync(places.serverCertificate('api'))],
  ['is no certificate', (places) => writeFileSync(places.serverCertificate('api'), 'half')],
  ['names another service', (places) => copyPair(places, 'edge', 'api')],
  ['has lost its key', (places) => rmSync(places.serverKey('api'))],
])('makes a server certificate anew that %s', async (_, spoil) => {
  const { places, keys } = await provisionedPlace()
  spoil(places)

  expect(await keys('provision')).toMatchObject({
    status: 0,
    output: expect.stringContaining('api/server.pem'),
  })
  expect(await keys('check')).toMatchObject({ status: 0 })
})

test('signs all server certificates anew under a new CA', async () => {
  const { places, keys } = await provisionedPlace()
  rmSync(places.caKey)
  rmSync(places.caCertificate)

  const { output } = await keys('provision')

  expect(output.split('\n')).toHaveLength(2 + 4 * 2)
  expect(await keys('check')).toMatchObject({ status: 0 })
})

test("puts the CA's certificate beside that of each service, and the new one in the place of the old", async () => {
  const { places, keys } = await provisionedPlace()
  const before = readFileSync(places.caCertificate, 'utf8')
  expect(readFileSync(places.handedOutCa('app-one'), 'utf8')).toBe(before)
  rmSync(places.caKey)
  rmSync(places.caCertificate)

  await keys('provision')

  const after = readFileSync(places.caCertificate, 'utf8')
  expect(after).not.toBe(before)
  expect(readFileSync(places.handedOutCa('app-one'), 'utf8')).toBe(after)
})

test('does without the key of the CA until there is something to sign', async () => {
  const { places, keys } = await provisionedPlace()
  rmSync(places.caKey)

  expect(await keys('provision')).toMatchObject({ status: 0, output: 'nothing to do' })
  rmSync(places.serverCertificate('edge'))
  expect(await keys('provision')).toMatchObject({
    status: 1,
    errors: expect.stringContaining('put ca.key back'),
  })
})

test('keeps a key file that it does not understand, and says which', async () => {
  const { places, keys } = await provisionedPlace()
  writeFileSync(places.serverKey('api'), 'nonsense')

  const { status, errors } = await keys('provision')

  expect(status).toBe(1)
  expect(errors).toContain('api/server.key: is no ECDSA P-256 key')
  expect(readFileSync(places.serverKey('api'), 'utf8')).toBe('nonsense')
})

function copyPair(places: Places, from: string, to: string): void {
  copyFileSync(places.serverKey(from), places.serverKey(to))
  copyFileSync(places.serverCertificate(from), places.serverCertificate(to))
}
