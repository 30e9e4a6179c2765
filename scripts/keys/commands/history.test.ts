import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { loadPublicKeys } from '@signet/auth'
import { expect, test } from 'vitest'
import { provisionedPlace, temporaryPlace } from '../../test/temporary-secrets.ts'
import { openHistory, readHistory } from './history.ts'

test('each command that changes something adds lines, and history shows them, newest last', async () => {
  const { places, keys } = await startedPlace()
  const [old] = keyIds(places)
  await keys('grant app-one orders:read')
  await keys('deny app-one orders:read')
  await keys('rotate app-one --settle 0')
  const [newest] = keyIds(places)
  await keys('retire app-one', { now: () => Date.now() + 400_000 })
  await keys('revoke app-one')
  await keys('remove app-one --unused')

  const { status, output } = await keys('history')

  expect(status).toBe(0)
  expect(
    readHistory(places.history).entries.map(({ command, change, keyId }) => [command, change, keyId]),
  ).toEqual([
    ['grant', 'granted orders:read', undefined],
    ['deny', 'denied orders:read', undefined],
    ['rotate', 'published', newest],
    ['rotate', 'signs with', newest],
    ['retire', 'retired', old],
    ['revoke', 'removed public key', newest],
    ['revoke', 'revoked', undefined],
    ['remove', expect.stringMatching(/^removed .*people01_private.pem$/), undefined],
    ['remove', 'removed', undefined],
  ])
  expect(output).toMatch(
    /^TIME +USER +COMMAND +APPLICATION +CHANGE\n.* grant +app-one +granted orders:read\n/,
  )
  expect(output).toMatch(/ remove +app-one +removed$/)
})

test('a line has the time, the user, the command, the application and the key', async () => {
  const { places, keys } = await startedPlace()
  await keys('rotate app-one --settle 0', { now: () => Date.parse('2031-01-01T12:00:00Z') })

  const [line = ''] = readFileSync(places.history, 'utf8').split('\n')

  expect(JSON.parse(line)).toEqual({
    time: '2031-01-01T12:00:00.000Z',
    user: expect.stringMatching(/./),
    ...(process.env.SUDO_USER && { sudoUser: process.env.SUDO_USER }),
    command: 'rotate',
    name: 'app-one',
    appId: 'people01',
    change: 'published',
    keyId: keyIds(places)[0],
  })
})

test('names the person who became another user by sudo', () => {
  const { places } = temporaryPlace()
  const history = openHistory({
    file: places.history,
    command: 'revoke',
    now: Date.now,
    env: { SUDO_USER: 'alice' },
  })

  history.record({ change: 'revoked' })

  expect(readHistory(places.history).entries).toMatchObject([{ sudoUser: 'alice', change: 'revoked' }])
})

test('what add and provision change is recorded, readable for its owner only, without any key', async () => {
  const { places, keys } = temporaryPlace([])
  await keys('provision')
  await keys('add reports orders:read')

  const { output } = await keys('history reports')

  const text = readFileSync(places.history, 'utf8')
  expect(output).toMatch(/ add +reports +added, with orders:read$/m)
  expect(output).toMatch(/ add +reports +made .*_private.pem$/m)
  expect(output).not.toContain('provision')
  expect(text).toMatch(/"command":"provision","change":"made .*ca.key"/)
  expect(text).not.toContain('BEGIN')
  expect(statSync(places.history).mode & 0o777).toBe(0o600)
})

test('a refused command records nothing, and neither does a command that only reads', async () => {
  const { places, keys } = await startedPlace()
  for (const args of [
    'rotate unknown',
    'grant app-one users:read',
    'remove app-one',
    'retire app-one',
    'list',
    'check',
    'provision',
  ])
    await keys(args)

  expect(existsSync(places.history)).toBe(false)
  expect(await keys('history')).toMatchObject({ status: 0, output: 'nothing is recorded' })
  expect(await keys('history app-one')).toMatchObject({ status: 0, output: 'nothing is recorded' })
})

test('a command that fails after a change records the change and the failure', async () => {
  const { places, keys } = await startedPlace()
  const print = (line: string) => void (line.startsWith('waiting') && rmSync(places.publicKey('people01')))

  expect(await keys('rotate app-one --settle 0', { print })).toMatchObject({ status: 1 })

  expect(readHistory(places.history).entries).toMatchObject([
    { command: 'rotate', change: 'published' },
    {
      command: 'rotate',
      name: 'app-one',
      change: expect.stringMatching(/^failed: app-one: its new public key/),
    },
  ])
})

test('a history that cannot be written stops no revocation, and the command fails with the reason', async () => {
  const { places, keys } = await startedPlace()
  mkdirSync(places.history)

  const { status, errors } = await keys('revoke app-one')

  expect(status).toBe(1)
  expect(errors).toMatch(
    /^The change was made, but could not be written to the history: EISDIR: .*history.jsonl/,
  )
  expect(existsSync(places.publicKey('people01'))).toBe(false)
  expect(readFileSync(places.applications, 'utf8')).toContain('"revokedAt"')
})

test('an incomplete line is reported, and all other lines can be read', async () => {
  const { places, keys } = await startedPlace()
  await keys('grant app-one orders:read')
  appendFileSync(places.history, '{"time":"2031-01-0')
  await keys('deny app-one orders:read')

  const { status, output, errors } = await keys('history')

  expect(status).toBe(1)
  expect(errors).toContain('1 of its lines cannot be read')
  expect(output.match(/^.* (grant|deny) /gm)).toHaveLength(2)
})

test('can be asked for an ID, too, and is JSON for programs', async () => {
  const { keys } = await startedPlace()
  await keys('grant app-one orders:read')
  await keys('deny app-two orders:read')

  const { output } = await keys('history people01 --json')

  expect(JSON.parse(output)).toMatchObject([
    { name: 'app-one', appId: 'people01', change: 'granted orders:read' },
  ])
})

test('its mode is checked like that of a private key', async () => {
  const { places, keys } = await startedPlace()
  await keys('grant app-one orders:read')
  chmodSync(places.history, 0o644)

  expect(await keys('check')).toMatchObject({
    status: 1,
    output: expect.stringContaining('history.jsonl: its mode is 644'),
  })
  await keys('provision')
  expect(statSync(places.history).mode & 0o777).toBe(0o600)
  expect(await keys('check')).toMatchObject({ status: 0, output: 'nothing is wrong' })
})

/** Provisioned, and nothing recorded yet. */
async function startedPlace() {
  const place = await provisionedPlace()
  rmSync(place.places.history, { force: true })
  return place
}

function keyIds(places: Awaited<ReturnType<typeof startedPlace>>['places']): string[] {
  return loadPublicKeys(places.publicKey('people01')).map(({ keyId }) => keyId)
}
