import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { generateKeyPair, loadPrivateKey, loadPublicKeys, thumbprint } from '@signet/auth'
import { expect, test } from 'vitest'
import { PEOPLE, provisionedPlace, temporaryPlace } from '../../test/temporary-secrets.ts'
import type { Places } from '../places.ts'

const ROTATE = 'rotate app-one --settle 0'

test('publishes the new key above the old one, and signs with it', async () => {
  const { places, keys } = await provisionedPlace()
  const old = keyIds(places)

  const { status, output } = await keys(ROTATE)

  const [newest, ...older] = keyIds(places)
  expect(status).toBe(0)
  expect(older).toEqual(old)
  expect(signingKeyId(places)).toBe(newest)
  expect(statSync(places.privateKey(PEOPLE)).mode & 0o777).toBe(0o600)
  expect(output).toContain(`published ${newest}`)
  expect(output).toContain('npm run keys -- retire app-one')
  expect(await keys('check')).toMatchObject({ output: 'nothing is wrong' })
})

test('nobody else may read the private key that waits', async () => {
  const { places, keys } = await provisionedPlace()
  const modes: number[] = []
  const print = (line: string) =>
    void (line.startsWith('waiting') && modes.push(statSync(places.nextPrivateKey(PEOPLE)).mode & 0o777))

  await keys(ROTATE, { print })

  expect(modes).toEqual([0o600])
})

test('accepts the ID of the application, too, and gives the block its time', async () => {
  const { places, keys } = await provisionedPlace()

  await keys('rotate people01 --settle 0', { now: () => Date.parse('2031-01-01T00:00:00Z') })

  expect(loadPublicKeys(places.publicKey('people01'))[0]?.created).toBe('2031-01-01T00:00:00.000Z')
})

test('signs with the old key until the settling time is over', async () => {
  const { places, keys } = await provisionedPlace()
  const old = signingKeyId(places)
  const seen: string[] = []
  const print = (line: string) =>
    void (line.startsWith('waiting') && seen.push(...keyIds(places), signingKeyId(places)))

  await keys('rotate app-one --settle 0.01', { print })

  const newest = signingKeyId(places)
  expect(newest).not.toBe(old)
  expect(seen).toEqual([newest, old, old])
})

test('continues with the same pair after an interruption at any step', async () => {
  const { places, keys } = await provisionedPlace()
  const interrupt = (step: string) => ({
    print: (line: string) => {
      if (line.startsWith(step)) throw new Error('killed')
    },
  })
  await expect(keys(ROTATE, interrupt('published'))).rejects.toThrow('killed')
  const published = keyIds(places)
  expect(await keys('check')).toMatchObject({ output: expect.stringContaining('a rotation is unfinished') })
  expect(await keys('provision')).toMatchObject({ status: 0 })
  await expect(keys(ROTATE, interrupt('waiting'))).rejects.toThrow('killed')

  expect(await keys(ROTATE)).toMatchObject({ status: 0 })

  expect(keyIds(places)).toEqual(published)
  expect(signingKeyId(places)).toBe(published[0])
  expect(existsSync(places.nextPrivateKey(PEOPLE))).toBe(false)
})

test('uses the pair of a rotation that runs at the same time', async () => {
  const { places, keys } = await provisionedPlace()
  let second: ReturnType<typeof keys> | undefined
  const print = (line: string) => {
    if (line.startsWith('waiting')) second = keys(ROTATE)
  }

  const first = await keys(ROTATE, { print })

  expect([first.status, (await second)?.status]).toEqual([0, 0])
  expect(keyIds(places)).toHaveLength(2)
  expect(signingKeyId(places)).toBe(keyIds(places)[0])
})

test('does not let the application sign with the key of a later rotation that is still waiting', async () => {
  const { places, keys } = await provisionedPlace()
  let later = ''
  const print = (line: string) => {
    if (!line.startsWith('waiting')) return
    // Meanwhile, another run completes this rotation, and a later rotation publishes its key.
    renameSync(places.nextPrivateKey(PEOPLE), places.privateKey(PEOPLE))
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    later = thumbprint(publicKey)
    writeFileSync(places.nextPrivateKey(PEOPLE), privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const file = places.publicKey('people01')
    writeFileSync(file, publicKey.export({ type: 'spki', format: 'pem' }) + readFileSync(file, 'utf8'))
  }

  const { status, errors } = await keys(ROTATE, { print })

  expect(status).toBe(1)
  expect(errors).toContain('another rotation completed meanwhile')
  expect(keyIds(places)[0]).toBe(later)
  expect(signingKeyId(places)).toBe(keyIds(places)[1])
  expect(existsSync(places.nextPrivateKey(PEOPLE))).toBe(true)
})

test('publishes no key whose private key is not prepared any more', async () => {
  const { places, keys } = await provisionedPlace()
  const before = keyIds(places)
  const lock = `${places.publicKey('people01')}.lock`
  const { privateKey } = await generateKeyPair({ modulusLength: 2048 })
  writeFileSync(places.nextPrivateKey(PEOPLE), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  writeFileSync(lock, '')

  const rotation = keys(ROTATE)
  await setImmediate()
  rmSync(places.nextPrivateKey(PEOPLE))
  rmSync(lock)

  expect(await rotation).toMatchObject({
    status: 1,
    errors: expect.stringContaining('another rotation completed meanwhile'),
  })
  expect(keyIds(places)).toEqual(before)
})

test('does not let the application sign with a key that was removed meanwhile', async () => {
  const { places, keys } = await provisionedPlace()
  const old = signingKeyId(places)
  const print = (line: string) => void (line.startsWith('waiting') && rmSync(places.publicKey('people01')))

  const { status, errors } = await keys(ROTATE, { print })

  expect(status).toBe(1)
  expect(errors).toContain('was removed meanwhile')
  expect(signingKeyId(places)).toBe(old)
})

test('replaces a lost private key', async () => {
  const { places, keys } = await provisionedPlace()
  rmSync(places.privateKey(PEOPLE))

  expect(await keys(ROTATE)).toMatchObject({ status: 0 })

  expect(signingKeyId(places)).toBe(keyIds(places)[0])
  expect(await keys('provision')).toMatchObject({ status: 0, output: 'nothing to do' })
})

test('refuses a fifth key, says when there is room for it, and changes nothing', async () => {
  const { places, keys } = await provisionedPlace()
  for (let times = 0; times < 3; times++) await keys(ROTATE)
  const before = [readFileSync(places.publicKey('people01'), 'utf8'), signingKeyId(places)]
  const rotatedAt = statSync(places.privateKey(PEOPLE)).mtimeMs

  const early = await keys(ROTATE, { now: () => rotatedAt + 5000 })
  const late = await keys(ROTATE, { now: () => rotatedAt + 306_000 })

  expect([early.status, late.status]).toEqual([1, 1])
  expect(early.errors).toMatch(
    /holds 4 keys, and has no room for another\. In 300 s, .*: npm run keys -- retire app-one$/,
  )
  expect(late.errors).toMatch(
    /holds 4 keys, and has no room for another\. First: npm run keys -- retire app-one$/,
  )
  expect([readFileSync(places.publicKey('people01'), 'utf8'), signingKeyId(places)]).toEqual(before)
  expect(await keys('check')).toMatchObject({ output: 'nothing is wrong' })
})

test('can publish a fifth key after retire, even if its private key was prepared before', async () => {
  const { places, keys } = await provisionedPlace()
  for (let times = 0; times < 3; times++) await keys(ROTATE)
  const { privateKey } = await generateKeyPair({ modulusLength: 2048 })
  writeFileSync(places.nextPrivateKey(PEOPLE), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  expect(await keys(ROTATE)).toMatchObject({ status: 1 })

  const later = { now: () => statSync(places.privateKey(PEOPLE)).mtimeMs + 306_000 }
  expect(await keys('retire app-one', later)).toMatchObject({ status: 0 })
  expect(await keys(ROTATE, later)).toMatchObject({ status: 0 })
  expect(keyIds(places)).toHaveLength(2)
  expect(await keys('check')).toMatchObject({ output: 'nothing is wrong' })
})

test('publishes a key that was made elsewhere, once', async () => {
  const { folder, places, keys } = temporaryPlace([])
  const first = await writePublicKey(join(folder, 'first.pem'))
  const second = await writePublicKey(join(folder, 'second.pem'))
  await keys(`add reports orders:read --public-key ${folder}/first.pem`)
  const appId = /"appId": "(.*)"/.exec(readFileSync(places.applications, 'utf8'))?.[1] ?? ''

  await keys(`rotate reports --public-key ${folder}/second.pem`)
  const again = await keys(`rotate reports --public-key ${folder}/second.pem`)

  expect(again.status).toBe(0)
  expect(keyIds(places, appId)).toEqual([second, first])
  expect(await keys(`rotate reports --public-key ${folder}/first.pem`)).toMatchObject({
    status: 1,
    errors: expect.stringContaining('below a newer one'),
  })
  expect(await keys('rotate reports')).toMatchObject({
    status: 1,
    errors: expect.stringContaining('--public-key FILE'),
  })
})

test('refuses a public key for an application whose private key is kept here', async () => {
  const { folder, places, keys } = await provisionedPlace()
  await writePublicKey(join(folder, 'new.pem'))

  const { status, errors } = await keys(`rotate app-one --public-key ${folder}/new.pem`)

  expect(status).toBe(1)
  expect(errors).toContain('this private key is kept here')
  expect(keyIds(places)).toHaveLength(1)
})

test('refuses an application that is revoked', async () => {
  const { places, keys } = await provisionedPlace()
  await keys('revoke app-one')

  const { status, errors } = await keys(ROTATE)

  expect(status).toBe(1)
  expect(errors).toContain('app-one: is revoked.')
  expect(existsSync(places.publicKey('people01'))).toBe(false)
})

test('refuses an application that has no key yet', async () => {
  const { places, keys } = await provisionedPlace()
  rmSync(places.publicKey('people01'))

  expect(await keys(ROTATE)).toMatchObject({
    status: 1,
    errors: expect.stringContaining('keys -- provision'),
  })
  expect(existsSync(places.nextPrivateKey(PEOPLE))).toBe(false)
})

function keyIds(places: Places, appId = 'people01'): string[] {
  return loadPublicKeys(places.publicKey(appId)).map(({ keyId }) => keyId)
}

function signingKeyId(places: Places): string {
  return thumbprint(loadPrivateKey(places.privateKey(PEOPLE)))
}

async function writePublicKey(file: string): Promise<string> {
  const { publicKey } = await generateKeyPair({ modulusLength: 2048 })
  writeFileSync(file, publicKey.export({ type: 'spki', format: 'pem' }))
  return thumbprint(publicKey)
}

test('publishes nothing for an application that is revoked meanwhile', async () => {
  const { places, keys } = await provisionedPlace()
  const newKeyPair = async () => {
    writeFileSync(places.revocation('people01'), '')
    return generateKeyPair({ modulusLength: 2048 })
  }

  expect(await keys(ROTATE, { newKeyPair })).toMatchObject({
    status: 1,
    errors: expect.stringContaining('is revoked'),
  })

  expect(keyIds(places)).toHaveLength(1)
})
