import { constants, sign } from 'node:crypto'
import { applicationOf, documentedToken } from '@signet/testing/application'
import { isInstalled, run } from '@signet/testing/run'
import { startSystem } from '@signet/testing/system'
import { importPKCS8, SignJWT } from 'jose'
import { afterAll, expect, test } from 'vitest'

const system = await startSystem()
afterAll(system.stop)
const appOne = applicationOf(system, 'app-one')

const WELCOME = { status: 200, body: { appId: appOne.appId, name: 'app-one', permissions: ['users:read'] } }

test('the token of exactly the documented call is accepted in x-token', async () => {
  const token = documentedToken(appOne)

  expect(await system.send('/whoami', { token })).toMatchObject(WELCOME)
})

test('the same token is accepted as Authorization: Bearer', async () => {
  const authorization = `Bearer ${documentedToken(appOne)}`

  expect(await system.send('/whoami', { headers: { authorization } })).toMatchObject(WELCOME)
})

test('GET /users with it answers a JSON array', async () => {
  const { body } = await system.send('/users', { token: documentedToken(appOne) })

  expect(Array.isArray(body)).toBe(true)
  expect(body).toContainEqual({ id: 'u-001', name: expect.any(String), email: expect.stringContaining('@') })
})

test.each([
  ['without typ', { alg: 'RS512' }],
  ['with typ in another case', { typ: 'jwt', alg: 'RS512' }],
])('a token made without any library, %s, is accepted', async (_, header) => {
  const key = { key: appOne.privateKey, padding: constants.RSA_PKCS1_PADDING }
  const input = signingInput(header)
  const token = `${input}.${sign('sha512', Buffer.from(input), key).toString('base64url')}`

  expect(await system.send('/whoami', { token })).toMatchObject(WELCOME)
})

test('a token made by jose is accepted', async () => {
  const key = await importPKCS8(appOne.privateKey, 'RS512')
  const token = await new SignJWT({ appId: appOne.appId })
    .setProtectedHeader({ alg: 'RS512' })
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(key)

  expect(await system.send('/whoami', { token })).toMatchObject(WELCOME)
})

test.skipIf(!(await isInstalled('openssl')))('a token made by openssl in a shell is accepted', async () => {
  const key = system.secret('app-one', `${appOne.appId}_private.pem`)
  const script = `input='${signingInput()}'
    printf '%s.' "$input"
    printf '%s' "$input" | openssl dgst -sha512 -sign '${key}' | openssl base64 -A | tr '+/' '-_' | tr -d '='`

  const { output: token } = await run('sh', ['-c', script])

  expect(await system.send('/whoami', { token })).toMatchObject(WELCOME)
})

test.skipIf(!(await isInstalled('curl')))('curl gets through with the CA and the token', async () => {
  const token = documentedToken(appOne)
  const { url } = system.api

  const args = ['-s', '--cacert', system.secret('ca.pem'), '-H', '@-', `${url}/whoami`]
  const { output } = await run('curl', args, { input: `x-token: ${token}\n` })

  expect(JSON.parse(output)).toMatchObject(WELCOME.body)
})

function signingInput(header: object = { alg: 'RS512', typ: 'JWT' }): string {
  const iat = Math.floor(Date.now() / 1000)
  return [header, { appId: appOne.appId, iat, exp: iat + 300 }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
}
