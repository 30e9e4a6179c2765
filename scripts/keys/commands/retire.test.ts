import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { loadPublicKeys } from '@signet/auth'
import { expect, test } from 'vitest'
import { clockAhead, PEOPLE, provisionedPlace } from '../../test/temporary-secrets.ts'
import type { Places } from '../places.ts'

test('takes away the old keys once their last token has died', async () => {
  const { places, keys, rotatedAt } = await rotated()
  const [newest, old] = loadPublicKeys(places.publicKey('people01'))

  const { status, output } = await keys('retire app-one', { now: () => rotatedAt + 305_000 })

  const left = loadPublicKeys(places.publicKey('people01'))
  expect(status).toBe(0)
  expect(output).toBe(`retired ${old?.keyId} of app-one`)
  expect(left.map(({ keyId, created }) => ({ keyId, created }))).toEqual([
    { keyId: newest?.keyId, created: newest?.created },
  ])
})

test('refuses before that, says how long it takes, and changes nothing', async () => {
  const { places, keys, rotatedAt } = await rotated()
  const before = readFileSync(places.publicKey('people01'), 'utf8')

  const { status, errors } = await keys('retire app-one', { now: () => rotatedAt + 304_500 })

  expect(status).toBe(1)
  expect(errors).toContain('Try again in 1 s.')
  expect(readFileSync(places.publicKey('people01'), 'utf8')).toBe(before)
})

test('waits less for tokens that live less', async () => {
  const { keys, rotatedAt } = await rotated()

  expect(await keys('retire app-one --lifetime 10', { now: () => rotatedAt + 14_000 })).toMatchObject({
    status: 1,
  })
  expect(await keys('retire app-one --lifetime 10', { now: () => rotatedAt + 15_000 })).toMatchObject({
    status: 0,
  })
})

test('counts from when the new private key came to stand, not from its publication', async () => {
  const { places, keys, rotatedAt } = await rotated()
  const settled = rotatedAt / 1000 + 180
  utimesSync(places.privateKey(PEOPLE), settled, settled)

  expect(await keys('retire app-one', { now: () => rotatedAt + 305_000 })).toMatchObject({
    status: 1,
    errors: expect.stringContaining('180 s'),
  })
})

test('goes by the time above the block when file times are lost', async () => {
  const { places, keys } = await rotated()
  utimesSync(places.privateKey(PEOPLE), 0, 0)
  utimesSync(places.publicKey('people01'), 0, 0)

  expect(await keys('retire app-one', { now: () => createdAt(places) + 304_000 })).toMatchObject({
    status: 1,
  })
  expect(await keys('retire app-one', { now: () => createdAt(places) + 305_000 })).toMatchObject({
    status: 0,
  })
})

test('goes by the time of the file when a key was put there by hand', async () => {
  const { places, keys } = await rotated()
  const file = places.publicKey('people01')
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/^created: .*\n/gm, ''))
  utimesSync(places.privateKey(PEOPLE), 0, 0)
  const { mtimeMs } = statSync(file)

  expect(await keys('retire app-one', { now: () => mtimeMs + 304_000 })).toMatchObject({ status: 1 })
  expect(await keys('retire app-one', { now: () => mtimeMs + 305_000 })).toMatchObject({ status: 0 })
})

test.each(['published', 'waiting'])(
  'refuses while a rotation is unfinished (cut short when %s)',
  async (step) => {
    const { places, keys } = await provisionedPlace()
    const print = (line: string) => {
      if (line.startsWith(step)) throw new Error('killed')
    }
    await expect(keys('rotate app-one --settle 0', { print })).rejects.toThrow('killed')

    const { status, errors } = await keys('retire app-one', { now: () => createdAt(places) + 3_600_000 })

    expect(status).toBe(1)
    expect(errors).toContain('does not sign with its newest key yet')
    expect(loadPublicKeys(places.publicKey('people01'))).toHaveLength(2)
  },
)

test('refuses when the private key here is an older one', async () => {
  const { places, keys } = await provisionedPlace()
  const old = readFileSync(places.privateKey(PEOPLE))
  await keys('rotate app-one --settle 0')
  writeFileSync(places.privateKey(PEOPLE), old)

  const { errors } = await keys('retire app-one', { now: () => createdAt(places) + 3_600_000 })

  expect(errors).toContain('does not sign with its newest key yet')
})

test('has nothing to do with one key, and refuses with none', async () => {
  const { keys } = await provisionedPlace()

  expect(await keys('retire app-one')).toMatchObject({
    status: 0,
    output: 'nothing to do: there is one key only',
  })
  await keys('revoke app-one')
  expect(await keys('retire app-one')).toMatchObject({
    status: 1,
    errors: expect.stringContaining('is missing'),
  })
})

async function rotated() {
  const place = await provisionedPlace()
  await place.keys('rotate app-one --settle 0')
  // The file system's clock may be some milliseconds behind ours.
  const rotatedAt = Math.max(createdAt(place.places), statSync(place.places.privateKey(PEOPLE)).mtimeMs)
  return { ...place, rotatedAt }
}

function createdAt(places: Places): number {
  return Date.parse(loadPublicKeys(places.publicKey('people01'))[0]?.created ?? '')
}

test('counts by its own clock, where the files are stamped by another one', async () => {
  const { places, keys, rotatedAt } = await rotated()
  const settled = rotatedAt / 1000 + 180
  utimesSync(places.privateKey(PEOPLE), settled, settled)
  const hour = 3_600_000
  clockAhead(hour)

  const { errors } = await keys('retire app-one', { now: () => rotatedAt + hour + 305_000 })

  expect(Number(/Try again in (\d+) s/.exec(errors)?.[1])).toBeGreaterThan(150)
})
