import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKeyPair, loadPublicKeys, parseApplications, thumbprint } from '@signet/auth'
import { expect, test } from 'vitest'
import { PEOPLE, temporaryPlace } from '../../test/temporary-secrets.ts'

test('adds the application to the registry, with its own ID and keys', async () => {
  const { places, keys } = temporaryPlace()

  const { status, output } = await keys('add reports orders:read users:read')

  const added = last(places.applications)
  expect(status).toBe(0)
  expect(added).toMatchObject({ name: 'reports', permissions: ['orders:read', 'users:read'] })
  expect(added?.appId).toMatch(/^[0-9a-f]{16}$/)
  expect(output).toContain(`reports is in the application registry as ${added?.appId}`)
  expect(existsSync(places.privateKey(added))).toBe(true)
  expect(loadPublicKeys(places.publicKey(added.appId))).toHaveLength(1)
})

test('writes an entry in the format of the committed file: two spaces, a line for each field', async () => {
  const { places, keys } = temporaryPlace([])

  await keys('add reports orders:read users:read')

  const { appId } = last(places.applications)
  expect(readFileSync(places.applications, 'utf8')).toBe(`[
  {
    "appId": "${appId}",
    "name": "reports",
    "permissions": ["orders:read", "users:read"]
  }
]`)
})

test.each([
  [
    'a line for each field',
    '[\n  {\n    "appId": "a1",\n    "name": "one",\n    "permissions": []\n  }\n]\n',
  ],
  [
    'one line',
    '[{"appId":"a1","name":"one","permissions":[]}, {"appId":"a2","name":"two","permissions":[]}]',
  ],
  ['tabs and CRLF', '[\r\n\t{ "appId": "a1", "name": "one", "permissions": ["*"] }\r\n]\r\n'],
])('keeps the format of a file that was written by hand: %s', async (_, text) => {
  const { places, keys } = temporaryPlace()
  writeFileSync(places.applications, text)

  await keys('add reports orders:read')

  const written = readFileSync(places.applications, 'utf8')
  const [beforeBracket] = text.split(/\s*\]\s*$/)
  expect(written.slice(0, beforeBracket?.length)).toBe(beforeBracket)
  expect(last(places.applications)).toMatchObject({ name: 'reports', permissions: ['orders:read'] })
  expect(/(?<!\r)\n/.test(written) && written.includes('\r\n')).toBe(false)
})

test('loses none of two applications that are added at once', async () => {
  const { places, keys } = temporaryPlace()

  await Promise.all([keys('add reports orders:read'), keys('add billing orders:read')])

  const names = [...parseApplications(readFileSync(places.applications, 'utf8')).values()].map(
    ({ name }) => name,
  )
  expect(names.toSorted()).toEqual(['app-one', 'app-two', 'billing', 'reports'])
})

test('refuses a name that is taken', async () => {
  const { places, keys } = temporaryPlace()
  const before = readFileSync(places.applications, 'utf8')

  const { status, errors } = await keys('add app-one orders:read')

  expect(status).toBe(1)
  expect(errors).toContain('The name "app-one" is taken.')
  expect(readFileSync(places.applications, 'utf8')).toBe(before)
})

test('registers a public key whose private key is kept elsewhere, and provision makes no private key for it', async () => {
  const { folder, places, keys } = temporaryPlace()
  const keyId = await writePublicKey(join(folder, 'reports.pem'))

  const { status, output } = await keys(`add reports orders:read --public-key ${folder}/reports.pem`)
  await keys('provision')

  const { appId } = last(places.applications)
  expect(status).toBe(0)
  expect(output).toContain(`It must sign with appId "${appId}" and the private key of ${keyId}.`)
  expect(loadPublicKeys(places.publicKey(appId)).map((key) => key.keyId)).toEqual([keyId])
  expect(existsSync(places.folder('reports'))).toBe(false)
  expect(await keys('check')).toMatchObject({ output: 'nothing is wrong' })
})

test.each([
  [
    'belongs to another application',
    async (file: string, { keys, places }: Place) => {
      await keys('provision')
      writeFileSync(file, readFileSync(places.publicKey('people01')))
      return /people01_public.pem: holds a key of/
    },
  ],
  [
    'is a private one',
    async (file: string) => {
      const { privateKey } = await generateKeyPair({ modulusLength: 2048 })
      writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }))
      return /reports.pem: holds a private key/
    },
  ],
  [
    'is one of two',
    async (file: string) => {
      await writePublicKey(file)
      writeFileSync(file, readFileSync(file, 'utf8').repeat(2))
      return /reports.pem: must hold exactly one public key/
    },
  ],
  [
    'is for an application that has a folder for its private key',
    async (file: string, { places }: Place) => {
      await writePublicKey(file)
      mkdirSync(places.folder('reports'), { recursive: true })
      return /reports: is the folder of a private key that is kept here/
    },
  ],
])('registers no public key that %s', async (_, prepare) => {
  const place = temporaryPlace()
  const { folder, places, keys } = place
  const fault = await prepare(join(folder, 'reports.pem'), place)
  const before = [readFileSync(places.applications, 'utf8'), filesIn(places.publicKeys)]

  const { status, errors } = await keys(`add reports orders:read --public-key ${folder}/reports.pem`)

  expect(status).toBe(1)
  expect(errors).toMatch(fault)
  expect([readFileSync(places.applications, 'utf8'), filesIn(places.publicKeys)]).toEqual(before)
})

test('removes the public key again if the application cannot be added to the registry', async () => {
  const { folder, places, keys } = temporaryPlace([{ ...PEOPLE, name: 'reports' }])
  await writePublicKey(join(folder, 'reports.pem'))

  const { status } = await keys(`add reports orders:read --public-key ${folder}/reports.pem`)

  expect(status).toBe(1)
  expect(filesIn(places.publicKeys)).toEqual([])
})

type Place = ReturnType<typeof temporaryPlace>

function last(file: string) {
  const all = [...parseApplications(readFileSync(file, 'utf8')).values()]
  return all[all.length - 1] ?? PEOPLE
}

async function writePublicKey(file: string): Promise<string> {
  const { publicKey } = await generateKeyPair({ modulusLength: 2048 })
  writeFileSync(file, publicKey.export({ type: 'spki', format: 'pem' }))
  return thumbprint(publicKey)
}

function filesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}
