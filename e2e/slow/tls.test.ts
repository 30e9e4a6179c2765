import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type ConnectionOptions, connect, createServer as createTlsServer } from 'node:tls'
import { anotherAuthority } from '@signet/testing/certificates'
import { createClient } from '@signet/testing/http'
import { createService, type Env } from '@signet/testing/service'
import { applicationOf, minimalToken, startSystem } from '@signet/testing/system'
import { WITHIN } from '@signet/testing/wait'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'

const system = await startSystem()
afterAll(system.stop)

test('a client that does not trust the CA makes no request to the API', async () => {
  const send = createClient({ url: system.api.url })

  await expect(send('/healthz')).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
})

test('a client that speaks plain HTTP to the API gets no answer', async () => {
  const send = createClient({ url: system.api.url.replace('https:', 'http:') })

  await expect(send('/healthz')).rejects.toThrow()
})

test.each(['TLSv1', 'TLSv1.1'] as const)('%s is refused by the API', async (version) => {
  // At a higher security level, the client itself would refuse these versions.
  const shake = handshake({ minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' })

  await expect(shake).rejects.toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' })
})

test.each(['TLSv1.2', 'TLSv1.3'] as const)('%s is accepted by the API', async (version) => {
  await expect(handshake({ minVersion: version, maxVersion: version })).resolves.toBeDefined()
})

describe.each(['app-one', 'app-two'])('%s sends no token', (name) => {
  test('to a server that its CA does not vouch for, whatever NODE_TLS_REJECT_UNAUTHORIZED says', async () => {
    const server = await startServer(await anotherAuthority())
    const { status, page, requests, log } = await openPage(server, { NODE_TLS_REJECT_UNAUTHORIZED: '0' })

    expect([status, page, requests]).toEqual([502, expect.stringContaining('api_not_trusted'), []])
    const warning = {
      level: 'warn',
      msg: expect.stringMatching(/^NODE_TLS_REJECT_UNAUTHORIZED is 0.*unset it/),
    }
    expect(log.filter(({ msg }) => String(msg).includes('NODE_TLS'))).toEqual([
      expect.objectContaining(warning),
    ])
  })

  test('to a server whose certificate, by its own CA, names another host', async () => {
    const server = await startServer(await anotherAuthority({ host: 'api.example' }))
    const API_CA_FILE = system.file('another-ca.pem')
    writeFileSync(API_CA_FILE, server.ca)
    const { status, page, requests, log } = await openPage(server, { API_CA_FILE })

    expect([status, page, requests]).toEqual([502, expect.stringContaining('api_not_trusted'), []])
    expect(log.filter(({ msg }) => String(msg).includes('NODE_TLS'))).toEqual([])
  })

  /** The page of a process of the application that uses this server as the API. */
  async function openPage({ url, requests }: { url: string; requests: unknown[] }, env: Env) {
    const application = createService(name, {
      ...system.pageEnv(name),
      API_URL: url,
      ...env,
    })
    await application.start()
    onTestFinished(async () => void (await application.kill()))
    const response = await fetch(application.url)
    return { status: response.status, page: await response.text(), requests, log: application.log }
  }
})

/** A server that would answer as the API does, and records the headers of all requests. */
async function startServer({ ca, cert, key }: { ca: string; cert: string; key: string }) {
  const requests: unknown[] = []
  const server = createServer({ cert, key }, ({ headers }, response) => {
    requests.push(headers)
    response.setHeader('content-type', 'application/json').end('[]')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { ca, url: `https://localhost:${(server.address() as AddressInfo).port}`, requests }
}

test('the API sends no password to a Redis that no CA vouches for, whatever NODE_TLS_REJECT_UNAUTHORIZED says', async () => {
  const { cert, key } = await anotherAuthority()
  let received = ''
  const redis = createTlsServer({ cert, key }, (socket) => {
    socket
      .on('error', () => {})
      .on('data', (bytes) => {
        received += bytes
      })
  })
  onTestFinished(() => void redis.close())
  await once(redis.listen(0, '127.0.0.1'), 'listening')
  const api = createService('api', {
    ...system.apiEnv,
    DATABASE_URL: `file:${system.file('another.sqlite')}`,
    REDIS_URL: `rediss://:password@localhost:${(redis.address() as AddressInfo).port}`,
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
  })
  onTestFinished(async () => void (await api.kill()))
  await api.start()
  const { err } = await api.logged(({ msg }) => String(msg).startsWith('Redis is away'))

  expect(err).toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  expect(received).toBe('')
})

test('an application that is given a certificate serves its pages over HTTPS', async () => {
  const appTwo = createService('app-two', {
    ...system.pageEnv('app-two'),
    TLS_CERT_FILE: system.secret('app-two/server.pem'),
    TLS_KEY_FILE: system.secret('app-two/server.key'),
  })
  await appTwo.start()
  try {
    expect(appTwo.url).toMatch(/^https:/)
    expect(await createClient({ url: appTwo.url, ca: system.ca })('/')).toMatchObject({ status: 200 })
  } finally {
    await appTwo.kill()
  }
})

test('a certificate that provisioning renewed is served without a restart', async () => {
  const old = await handshake()
  rmSync(system.secret('api/server.pem'))
  rmSync(system.secret('api/server.key'))
  const token = minimalToken(applicationOf(system, 'app-one'))
  expect(await system.send('/users', { token })).toMatchObject({ status: 200 })

  await system.keys('provision')

  await vi.waitFor(async () => expect(await handshake()).not.toBe(old), WITHIN)
  expect(await system.send('/users', { token })).toMatchObject({ status: 200 })
  expect((await fetch(system.appOne.url)).status).toBe(200)
})

test('the certificate of another CA stays, and an application that trusts that CA gets its data', async () => {
  const { ca, cert, key } = await anotherAuthority()
  writeFileSync(system.secret('api/server.pem'), cert)
  writeFileSync(system.secret('api/server.key'), key)
  // A bundle as that of an operating system: comments, and several authorities.
  const bundle = system.file('bundle.pem')
  writeFileSync(bundle, `# Provisioned\n${system.ca}\n# Another\n${ca}`)

  expect(await system.keys('provision')).toMatchObject({ status: 0, output: 'nothing to do\n' })
  await system.api.stop()
  await system.api.start()

  expect(await handshake({ ca })).toBe(new X509Certificate(cert).fingerprint256)
  const appOne = createService('app-one', { ...system.pageEnv('app-one'), API_CA_FILE: bundle })
  await appOne.start()
  try {
    const trusting = await fetch(appOne.url)
    expect([trusting.status, await trusting.text()]).toEqual([200, expect.stringContaining('Thistledown')])
    expect((await fetch(system.appOne.url)).status).toBe(502)
  } finally {
    await appOne.kill()
  }
})

/** Resolves to the fingerprint of the API's certificate. */
async function handshake(options: ConnectionOptions = {}): Promise<string | undefined> {
  const port = Number(new URL(system.api.url).port)
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: system.ca, ...options })
  await once(socket, 'secureConnect')
  const { fingerprint256 } = socket.getPeerX509Certificate() ?? {}
  socket.destroy()
  return fingerprint256
}
