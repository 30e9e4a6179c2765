import { readFileSync, writeFileSync } from 'node:fs'
import { parseApplications } from '@signet/auth'
import { expect, test } from 'vitest'
import { temporaryPlace } from '../../test/temporary-secrets.ts'
import type { Places } from '../places.ts'

test('gives an application more permissions, and prints those that it has', async () => {
  const { places, keys } = temporaryPlace()

  const { status, output } = await keys('grant app-one orders:read orders:write')

  expect(status).toBe(0)
  expect(output).toBe(
    'app-one may now: orders:read\napp-one may now: orders:write\napp-one has: users:read, orders:read, orders:write',
  )
  expect(permissionsOf(places, 'people01')).toEqual(['users:read', 'orders:read', 'orders:write'])
  expect(permissionsOf(places, 'orders02')).toEqual(['orders:read', 'orders:write'])
})

test('says that the application has a permission already, and changes nothing', async () => {
  const { places, keys } = temporaryPlace()
  const before = readFileSync(places.applications, 'utf8')

  const { status, output } = await keys('grant people01 users:read')

  expect(status).toBe(0)
  expect(output).toContain('app-one has already: users:read')
  expect(readFileSync(places.applications, 'utf8')).toBe(before)
})

test('says what "*" means', async () => {
  const { keys } = temporaryPlace()

  expect(await keys('grant app-one *')).toMatchObject({
    status: 0,
    output: expect.stringContaining(
      'app-one may now: * (everything, also permissions that do not exist yet)',
    ),
  })
})

test('deny removes permissions, and leaves the rest of the file as it is', async () => {
  const { places, keys } = temporaryPlace()
  const entry = (permissions: string) => `[ { "appId":"a1", "name":"one",\n"permissions": ${permissions} } ]`
  writeFileSync(places.applications, entry('["users:read",  "orders:read", "orders:write"]'))

  const { status, output } = await keys('deny one orders:read users:read')

  expect(status).toBe(0)
  expect(output).toContain('one has: orders:write')
  expect(readFileSync(places.applications, 'utf8')).toBe(entry('["orders:write"]'))
})

test('deny also removes the last permission, and grant gives it back', async () => {
  const { places, keys } = temporaryPlace()

  expect((await keys('deny app-one users:read')).output).toContain('app-one has: no permission')
  expect(permissionsOf(places, 'people01')).toEqual([])
  await keys('grant app-one orders:read')
  expect(permissionsOf(places, 'people01')).toEqual(['orders:read'])
})

test('deny says that the application did not have a permission', async () => {
  const { keys } = temporaryPlace()

  expect(await keys('deny app-one orders:read')).toMatchObject({
    status: 0,
    output: 'app-one did not have: orders:read\napp-one has: users:read',
  })
})

test('deny refuses if "*" would still include the permission', async () => {
  const { places, keys } = temporaryPlace()
  await keys('grant app-one *')

  const refused = await keys('deny app-one users:read')

  expect(refused).toMatchObject({ status: 1, errors: expect.stringContaining('deny app-one "*"') })
  expect(permissionsOf(places, 'people01')).toEqual(['users:read', '*'])
  expect(await keys('deny app-one * users:read')).toMatchObject({ status: 0 })
  expect(permissionsOf(places, 'people01')).toEqual([])
})

test.each(['grant', 'deny'])('%s refuses an application that is revoked', async (command) => {
  const { places, keys } = temporaryPlace()
  await keys('revoke app-one')

  const { status, errors } = await keys(`${command} app-one users:read`)

  expect(status).toBe(1)
  expect(errors).toContain('app-one: is revoked.')
  expect(permissionsOf(places, 'people01')).toEqual(['users:read'])
})

test('loses none of two changes at once', async () => {
  const { places, keys } = temporaryPlace()

  await Promise.all([
    keys('grant app-one orders:read'),
    keys('grant app-one orders:write'),
    keys('deny app-one users:read'),
  ])

  expect(permissionsOf(places, 'people01')?.toSorted()).toEqual(['orders:read', 'orders:write'])
})

function permissionsOf({ applications }: Places, appId: string) {
  return parseApplications(readFileSync(applications, 'utf8')).get(appId)?.permissions
}

test('keeps a byte order mark and the line ends of a registry that was written on Windows', async () => {
  const { places, keys } = temporaryPlace()
  const text = `\uFEFF${readFileSync(places.applications, 'utf8').replaceAll('\n', '\r\n')}`
  writeFileSync(places.applications, text)

  expect(await keys('grant app-one orders:read')).toMatchObject({ status: 0 })

  const changed = readFileSync(places.applications, 'utf8')
  expect(changed).toBe(text.replace('"users:read"', '"users:read",\r\n      "orders:read"'))
  expect(await keys('deny app-one orders:read')).toMatchObject({ status: 0 })
  expect(readFileSync(places.applications, 'utf8')).toBe(text)
})
