import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { generateKeyPair, loadPrivateKey, parseApplications } from '@signet/auth'
import { expect, test } from 'vitest'
import { ORDERS, PEOPLE, provisionedPlace, temporaryPlace } from '../../test/temporary-secrets.ts'

const NOON = Date.parse('2031-01-01T12:00:00Z')
const AFTER = (milliseconds: number) => ({ now: () => NOON + milliseconds })

/** The committed format, and two that a person may have written. */
const TEXTS = {
  'a line for each field': `${JSON.stringify([PEOPLE, ORDERS], null, 2)}\n`,
  'one line': JSON.stringify([PEOPLE, ORDERS]),
  'no application': '[]\n',
}

test.each(Object.entries(TEXTS))(
  'leaves the file with the same bytes as before the application was added: %s',
  async (_, text) => {
    const { places, keys } = temporaryPlace()
    writeFileSync(places.applications, text)
    await keys('add reports orders:read')
    await keys('grant reports users:read')
    await keys('revoke reports')

    const { status } = await keys('remove reports --unused')

    expect(status).toBe(0)
    expect(readFileSync(places.applications, 'utf8')).toBe(text)
  },
)

test('also removes the private key and its folder, so that the name can be used again', async () => {
  const { places, keys } = await provisionedPlace()
  await keys('add reports orders:read')
  await keys('revoke reports')

  const { output } = await keys('remove reports --unused')

  expect(output).toMatch(/^removed .*reports.*_private.pem$/m)
  expect(existsSync(places.folder('reports'))).toBe(false)
  expect(await keys('provision')).toMatchObject({ status: 0, output: 'nothing to do' })
  expect(await keys('check')).toMatchObject({ status: 0, output: 'nothing is wrong' })
  expect(await keys('add reports orders:read')).toMatchObject({ status: 0 })
  expect(await keys('check')).toMatchObject({ status: 0, output: 'nothing is wrong' })
})

test('leaves the certificate of app-one, and removes the key of an unfinished rotation', async () => {
  const { places, keys } = await provisionedPlace()
  const { privateKey } = await generateKeyPair({ modulusLength: 2048 })
  writeFileSync(places.nextPrivateKey(PEOPLE), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  await keys('revoke app-one')

  const { status, output } = await keys('remove app-one --unused')

  expect(status).toBe(0)
  expect(
    [places.privateKey(PEOPLE), places.nextPrivateKey(PEOPLE)].filter((file) => existsSync(file)),
  ).toEqual([])
  expect(existsSync(places.serverKey('app-one'))).toBe(true)
  expect(output).toMatch(/^left .*app-one: it also holds other files/m)
  expect(await keys('check')).toMatchObject({ status: 0 })
})

test('refuses until all tokens from before the revocation have expired, says for how long, and changes nothing', async () => {
  const { places, keys } = await provisionedPlace()
  await keys('revoke app-one', AFTER(0))

  const early = await keys('remove app-one', AFTER(304_500))
  const stillThere = [parsed(places.applications).has('people01'), existsSync(places.privateKey(PEOPLE))]
  const late = await keys('remove people01', AFTER(305_000))

  expect(early).toMatchObject({ status: 1, errors: expect.stringContaining('Try again in 1 s.') })
  expect(stillThere).toEqual([true, true])
  expect(late).toMatchObject({ status: 0 })
  expect(parsed(places.applications).has('people01')).toBe(false)
})

test('refuses an application that is not revoked, even an unused one', async () => {
  const { places, keys } = await provisionedPlace()

  const { status, errors } = await keys('remove app-one --unused')

  expect(status).toBe(1)
  expect(errors).toBe('app-one: is not revoked. First: npm run keys -- revoke app-one')
  expect(loadPrivateKey(places.privateKey(PEOPLE))).toBeDefined()
  expect(parsed(places.applications).has('people01')).toBe(true)
})

test('the name of a revoked application is taken until then, and add says what to do', async () => {
  const { keys } = await provisionedPlace()
  await keys('revoke app-one')

  expect(await keys('add app-one users:read')).toMatchObject({
    status: 1,
    errors: expect.stringContaining('npm run keys -- remove app-one'),
  })
})

test('continues where it was interrupted', async () => {
  const { places, keys } = await provisionedPlace()
  await keys('revoke app-one')
  const print = (line: string) => {
    if (line.startsWith('removed')) throw new Error('killed')
  }
  await expect(keys('remove app-one --unused', { print })).rejects.toThrow('killed')
  expect(parsed(places.applications).has('people01')).toBe(true)

  expect(await keys('remove app-one --unused')).toMatchObject({ status: 0 })
  expect(parsed(places.applications).has('people01')).toBe(false)
})

function parsed(file: string) {
  return parseApplications(readFileSync(file, 'utf8'))
}
