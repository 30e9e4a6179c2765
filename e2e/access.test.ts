import { constants, sign } from 'node:crypto'
import { connect as connectPlain } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import type { Answer, Request } from '@signet/testing/http'
import { isInstalled, run } from '@signet/testing/process'
import { applicationOf, minimalToken, sharedSystem } from '@signet/testing/system'
import { until } from '@signet/testing/wait'
import { importPKCS8, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'

const system = await sharedSystem()
await system.keys('add', 'reports', 'orders:read')
await system.keys('add', 'console', '*')
await until(200, () => whoami('console'))

const [hasOpenssl, hasCurl] = [await isInstalled('openssl'), await isInstalled('curl')]
const appOne = applicationOf(system, 'app-one')
const appTwo = applicationOf(system, 'app-two')

describe('a token', () => {
  const accepted = {
    status: 200,
    body: { appId: appOne.appId, name: 'app-one', permissions: ['users:read'] },
  }

  test('of the minimal jwt.sign call is accepted in x-token', async () => {
    const token = minimalToken(appOne)

    expect(await system.send('/whoami', { token })).toMatchObject(accepted)
  })

  test('is accepted as Authorization: Bearer, too', async () => {
    const authorization = `Bearer ${minimalToken(appOne)}`

    expect(await system.send('/whoami', { headers: { authorization } })).toMatchObject(accepted)
  })

  test('lets its application read the users, as a JSON array', async () => {
    const { body } = await system.send('/users', { token: minimalToken(appOne) })

    expect(Array.isArray(body)).toBe(true)
    expect(body).toContainEqual({
      id: 'u-001',
      name: expect.any(String),
      email: expect.stringContaining('@'),
    })
  })

  test.each([
    ['without typ', { alg: 'RS512' }],
    ['with typ in another case', { typ: 'jwt', alg: 'RS512' }],
  ])('that was made without any library, %s, is accepted', async (_, header) => {
    const key = { key: appOne.privateKey, padding: constants.RSA_PKCS1_PADDING }
    const input = signingInput(header)
    const token = `${input}.${sign('sha512', Buffer.from(input), key).toString('base64url')}`

    expect(await system.send('/whoami', { token })).toMatchObject(accepted)
  })

  test('that was made by jose is accepted', async () => {
    const key = await importPKCS8(appOne.privateKey, 'RS512')
    const token = await new SignJWT({ appId: appOne.appId })
      .setProtectedHeader({ alg: 'RS512' })
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(key)

    expect(await system.send('/whoami', { token })).toMatchObject(accepted)
  })

  test.skipIf(!hasOpenssl)('that was made by openssl in a shell is accepted', async () => {
    const key = system.secret('app-one', `${appOne.appId}_private.pem`)
    const script = `input='${signingInput()}'
      printf '%s.' "$input"
      printf '%s' "$input" | openssl dgst -sha512 -sign '${key}' | openssl base64 -A | tr '+/' '-_' | tr -d '='`

    const { output: token } = await run('sh', ['-c', script])

    expect(await system.send('/whoami', { token })).toMatchObject(accepted)
  })

  test.skipIf(!hasCurl)('that curl sends, with the certificate of the CA, is accepted', async () => {
    const token = minimalToken(appOne)
    const { url } = system.api

    const args = ['-s', '--cacert', system.secret('ca.pem'), '-H', '@-', `${url}/whoami`]
    const { output } = await run('curl', args, { input: `x-token: ${token}\n` })

    expect(JSON.parse(output)).toMatchObject(accepted.body)
  })

  function signingInput(header: object = { alg: 'RS512', typ: 'JWT' }): string {
    const iat = Math.floor(Date.now() / 1000)
    return [header, { appId: appOne.appId, iat, exp: iat + 300 }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
  }
})

const post = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ userId: 'u-001', item: 'Tea', quantity: 1 }),
}

const ROUTES: { needs: string; path: string; request?: Request; status: number }[] = [
  { needs: 'users:read', path: '/users', status: 200 },
  { needs: 'users:read', path: '/users/u-001', status: 200 },
  { needs: 'orders:read', path: '/orders', status: 200 },
  { needs: 'orders:read', path: '/orders/none', status: 404 },
  { needs: 'orders:write', path: '/orders', request: post, status: 201 },
]

describe.each([
  { name: 'app-one', may: ['users:read'] },
  { name: 'app-two', may: ['users:read', 'orders:read', 'orders:write'] },
  { name: 'reports', may: ['orders:read'] },
  { name: 'console', may: ['users:read', 'orders:read', 'orders:write'] },
])('$name', ({ name, may }) => {
  const token = minimalToken(applicationOf(system, name))

  test.each(ROUTES.filter(({ needs }) => may.includes(needs)))(
    'may call $path, which needs $needs',
    async ({ path, request, status }) => {
      expect(await system.send(path, { ...request, token })).toMatchObject({ status })
    },
  )

  const forbidden = ROUTES.filter(({ needs }) => !may.includes(needs))
  test.runIf(forbidden.length > 0).each(forbidden)(
    'is refused at $path, with the missing permission $needs in the answer',
    async ({ needs, path, request }) => {
      expect(await system.send(path, { ...request, token })).toMatchObject({
        status: 403,
        body: { code: 'permission_denied', permission: needs },
      })
    },
  )
})

test('an application that is added while the API runs is accepted without a restart', async () => {
  const { status, output } = await system.keys('add', 'archive', 'orders:read')

  const { appId, permissions } = applicationOf(system, 'archive')
  expect({ status, permissions }).toEqual({ status: 0, permissions: ['orders:read'] })
  expect(output).toContain(`archive is in the application registry as ${appId}`)
  await until(200, () => whoami('archive'))
})

test('an application may call as another only with the key of that other', async () => {
  const token = minimalToken({ appId: appTwo.appId, privateKey: appOne.privateKey })

  expect(await system.send('/orders', { token })).toMatchObject({
    status: 401,
    body: { code: 'token_rejected' },
  })
})

const PUBLIC = `${appOne.appId}_public.pem`
const PRIVATE = `${appOne.appId}_private.pem`
const FILES = [
  PUBLIC,
  PRIVATE,
  `${appTwo.appId}_private.pem`,
  'server.key',
  'server.pem',
  'ca.key',
  'ca.pem',
  'secrets',
  'secrets/ca.key',
  'secrets/api/server.key',
  `secrets/api/public-keys/${PUBLIC}`,
  `secrets/app-one/${PRIVATE}`,
  'public-keys/',
  `public-keys/${PUBLIC}`,
  `keys/${PUBLIC}`,
  `.well-known/jwks.json`,
  'applications.json',
  'package.json',
  '.env',
  '.git/config',
  'src/main.ts',
  'data/signet.sqlite',
]
const PARENTS = ['..', '%2e%2e', '..%2f', '%2e%2e%2f', '..%5c', '%252e%252e', '....//', '%c0%ae%c0%ae', '..;']
const PREFIXES = ['', 'assets/', 'users/', 'orders/', 'people/', 'static/', 'public/', 'healthz/', 'docs/']

const PATHS = [
  ...FILES.flatMap((file) => PREFIXES.map((prefix) => `/${prefix}${file}`)),
  ...PARENTS.flatMap((parent) =>
    PREFIXES.map((prefix) => `/${prefix}${`${parent}/`.repeat(5)}secrets/ca.key`),
  ),
  system.secret('ca.key'),
  `/${system.secret('ca.key')}`,
  `/assets/${encodeURIComponent(system.secret('ca.key'))}`,
  `/assets/pico.css/../../../../../secrets/app-one/${PRIVATE}`,
  `file://${system.secret('ca.key')}`,
]

describe.each([
  ['the API', system.api.url],
  ['app-one', system.appOne.url],
  ['app-two', system.appTwo.url],
])('%s', (_, url) => {
  test(`serves no key at ${PATHS.length} paths that an attacker would try`, async () => {
    const answers = await askAll(url, PATHS)

    const served = answers.filter(({ text }) => !text.startsWith('HTTP/1.1 4') || text.includes('-----BEGIN'))
    expect(served).toEqual([])
    expect(answers).toHaveLength(PATHS.length)
  })
})

/** Asks over raw connections, because a client would normalize the paths; ten at a time. */
async function askAll(url: string, paths: readonly string[]): Promise<{ path: string; text: string }[]> {
  const token = minimalToken(appTwo)
  const queue = [...paths]
  const answers: { path: string; text: string }[] = []
  const worker = async () => {
    for (let path = queue.pop(); path !== undefined; path = queue.pop())
      answers.push({ path, text: await exchange(new URL(url), path, token) })
  }
  await Promise.all(Array.from({ length: 10 }, worker))
  return answers
}

/** Sends a good token: only the path may be the reason for a refusal. */
async function exchange({ protocol, port }: URL, path: string, token: string): Promise<string> {
  const address = { host: '127.0.0.1', port: Number(port) }
  const socket =
    protocol === 'https:'
      ? connectTls({ ...address, ca: system.ca, servername: 'localhost' })
      : connectPlain(address)
  const head = [`GET ${path} HTTP/1.1`, 'Host: localhost', `x-token: ${token}`, 'Connection: close']
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  return text(socket)
}

function whoami(name: string): Promise<Answer> {
  return system.send('/whoami', { token: minimalToken(applicationOf(system, name)) })
}
