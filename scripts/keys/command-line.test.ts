import { mkdirSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { provisionedPlace, temporaryPlace } from '../test/temporary-secrets.ts'

const COMMANDS = [
  ...['provision', 'add', 'grant', 'deny', 'rotate', 'retire', 'revoke', 'remove'],
  ...['list', 'history', 'check', 'explain'],
]

test.each(['--help', '-h', 'help'])('%s names every command', async (word) => {
  const { status, output } = await temporaryPlace().keys(word)

  expect(status).toBe(0)
  for (const command of COMMANDS) expect(output).toContain(`\n  ${command}`)
})

test.each(COMMANDS)('%s --help prints its usage, and does nothing', async (command) => {
  const { status, output } = await temporaryPlace().keys(`${command} --help`)

  expect(status).toBe(0)
  expect(output).toMatch(new RegExp(`^Usage: npm run keys -- ${command}`))
  expect(output).toContain('--secrets DIR')
})

test.each([
  ['frobnicate', 'There is no command "frobnicate".'],
  ['list --frobnicate', "Unknown option '--frobnicate'"],
  ['list --applications', "Option '--applications <value>' argument missing"],
  ['rotate', 'Something is missing.'],
  ['rotate app-one app-two', '"app-two" is one word too many.'],
  ['rotate app-one --settle soon', '--settle: "soon" is not a number of seconds.'],
  ['retire app-one --lifetime 301', '--lifetime: no token is valid for more than 300 s.'],
  ['add Reports orders:read', 'The name "Reports" does not match'],
  ['add api orders:read', 'The name "api" is reserved'],
  ['add reports orders:read read', 'The permission "read" does not match'],
  ['grant app-one', 'Something is missing.'],
  ['grant app-one applications.json', 'In a shell, put quotes around "*".'],
  ['deny app-one read', 'The permission "read" does not match'],
])('"keys %s" is a usage error that says what is wrong', async (args, message) => {
  const { status, output, errors } = await temporaryPlace().keys(args)

  expect(status).toBe(2)
  expect(output).toBe('')
  expect(errors).toContain(message)
  expect(errors).toContain('Usage: npm run keys --')
})

test.each(['grant', 'deny', 'rotate', 'retire', 'revoke', 'remove', 'history'])(
  '%s of an unknown application names those in the registry',
  async (command) => {
    const permission = ['grant', 'deny'].includes(command) ? ' users:read' : ''
    const { status, errors } = await temporaryPlace().keys(`${command} unknown${permission}`)

    expect(status).toBe(1)
    expect(errors).toBe(
      'No application "unknown" is in the application registry. It holds: app-one, app-two.',
    )
  },
)

test('a fault in the application registry is reported with file, line and field', async () => {
  const { places, keys } = temporaryPlace()
  writeFileSync(
    places.applications,
    '[\n  {\n    "appId": "a1",\n    "name": "Bad",\n    "permissions": []\n  }\n]',
  )

  const { status, errors } = await keys('list')

  expect(status).toBe(1)
  expect(errors).toMatch(/applications\.json:4: name must match/)
})

test('a missing application registry is reported with what to do', async () => {
  const { keys } = temporaryPlace()

  const { status, errors } = await keys('list --applications /nowhere/applications.json')

  expect(status).toBe(1)
  expect(errors).toMatch(/\/nowhere\/applications.json: is missing\. Make one that holds \[\]/)
})

test('an error of the file system is reported with the path, without a stack', async () => {
  const { places, keys } = temporaryPlace()
  mkdirSync(places.secrets)
  writeFileSync(places.folder('api'), 'a file where a folder belongs')

  const { status, errors } = await keys('provision')

  expect(status).toBe(1)
  expect(errors).toMatch(/^E(NOTDIR|EXIST): .*secrets\/api/)
  expect(errors).not.toContain('\n')
})

test('an invalid key file is reported with the command that says what to do', async () => {
  const { places, keys } = await provisionedPlace()
  writeFileSync(places.publicKey('people01'), 'nonsense')

  const { status, errors } = await keys('retire app-one')

  expect(status).toBe(1)
  expect(errors).toMatch(/people01_public.pem: is not a PEM file/)
  expect(errors).toContain('npm run keys -- check')
})
