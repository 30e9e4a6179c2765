import { once } from 'node:events'
import { Agent, get, type IncomingMessage, type RequestListener } from 'node:http'
import { get as getSecure } from 'node:https'
import { createServer } from 'node:net'
import { json, text } from 'node:stream/consumers'
import { selfSigned, writeTlsFiles } from '@signet/testing/certificates'
import { expect, onTestFinished, test } from 'vitest'
import { startFixture } from '../test/process.ts'
import { exchange, serve } from '../test/serve.ts'
import { watchRequests } from './run.ts'
import { listen } from './server.ts'

test.each(['SIGTERM', 'SIGHUP'] as const)(
  'after %s the service is not ready, answers requests in progress, closes its resources, and exits with 0',
  async (signal) => {
    const service = startFixture()
    const port = await service.port()
    const answered = once(get({ port, path: '/slow' }), 'response') as Promise<[IncomingMessage]>
    await service.printed(/slow request/)

    service.kill(signal)

    const [answer] = await answered
    expect(answer.headers.connection).toBe('close')
    expect(await json(answer)).toEqual({ failing: ['draining'] })
    expect(await service.exited).toBe(0)
    const messages = service
      .output()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).msg)
    expect(messages.slice(-3)).toEqual(['stopping', 'closed', 'stopped'])
  },
)

test('treats SIGINT and a second signal right after it, as from a process runner, as one', async () => {
  const service = startFixture()
  const port = await service.port()
  const answered = once(get({ port, path: '/slow' }), 'response')
  await service.printed(/slow request/)

  service.kill('SIGINT')
  service.kill('SIGTERM')

  await answered
  expect(await service.exited).toBe(0)
})

test('exits at once at a later second signal', async () => {
  const service = startFixture()
  const request = get({ port: await service.port(), path: '/never' }).on('error', () => {})
  await service.printed(/endless request/)

  const again = setInterval(() => service.kill('SIGINT'), 300)

  expect(await service.exited).toBe(1)
  clearInterval(again)
  request.destroy()
  expect(service.output()).not.toContain('closed')
})

test('serves HTTPS with a certificate', async () => {
  const pair = await selfSigned()
  const { certFile, keyFile } = writeTlsFiles(pair)
  const service = startFixture({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile })

  const request = getSecure({ port: await service.port(), host: 'localhost', ca: pair.cert })
  const [answer] = (await once(request, 'response')) as [IncomingMessage]

  expect(answer.statusCode).toBe(200)
  expect(service.output()).toContain('listening on https://localhost:')
})

test('warns if its certificate does not name the address that it listens on', async () => {
  const { certFile, keyFile } = writeTlsFiles(await selfSigned())
  const tls = { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile }
  const [named, unnamed] = [startFixture(tls), startFixture({ ...tls, HOST: '127.0.1.1' })]

  await unnamed.printed(/"warn".*the certificate does not name 127\.0\.1\.1/)
  await named.port()
  expect(named.output()).not.toContain('does not name')
})

test('still serves and stops gracefully after its terminal is closed', async () => {
  const service = startFixture()
  const port = await service.port()
  await service.closeOutputs()

  for (const _ of [1, 2, 3])
    expect((await exchange(port, 'no HTTP\r\n\r\n')).slice(0, 12)).toBe('HTTP/1.1 400')
  service.kill('SIGTERM')

  expect(await service.exited).toBe(0)
})

test('exits with 1 if an uncaught error cannot be logged', async () => {
  const service = startFixture()
  const port = await service.port()
  await service.closeOutputs()

  get({ port, path: '/crash' }).on('error', () => {})

  expect(await service.exited).toBe(1)
})

test('logs an uncaught error without its secrets, and exits with 1', async () => {
  const service = startFixture()
  const request = get({ port: await service.port(), path: '/crash' }).on('error', () => {})

  expect(await service.exited).toBe(1)
  request.destroy()
  expect(service.output()).toMatch(/"level":"fatal".*with \[token\]/)
  expect(service.errors()).toBe('')
})

test('exits with 1 if a resource cannot be closed', async () => {
  const service = startFixture({ FAULT: 'close' })
  await service.port()

  service.kill('SIGTERM')

  expect(await service.exited).toBe(1)
  expect(service.errors()).toBe('Failed:\n  not closed\n')
})

test('names each invalid variable without a stack, and exits with 1', async () => {
  const service = startFixture({ PORT: 'x', HOST: 'http://x' })

  expect(await service.exited).toBe(1)
  expect(service.errors()).toBe(
    'Failed:\n  HOST must be a host name or an IP address\n  PORT must be a whole number from 0 to 65535\n',
  )
})

test('says that the port is in use, and how to fix this', async () => {
  const other = createServer()
  onTestFinished(() => void other.close())
  const port = await listen(other, { host: '127.0.0.1', port: 0 })

  const service = startFixture({ PORT: String(port) })

  expect(await service.exited).toBe(1)
  expect(service.errors()).toBe(
    `Failed:\n  PORT ${port} is in use: stop the program that uses it, or set another port\n`,
  )
})

test('says which TLS files do not match, and which command to run', async () => {
  const { certFile, keyFile } = writeTlsFiles({ ...(await selfSigned()), key: (await selfSigned()).key })

  const service = startFixture({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile })

  expect(await service.exited).toBe(1)
  expect(service.errors()).toBe(
    `Failed:\n  ${keyFile} is not the key of ${certFile}: run \`npm run keys -- provision\`\n`,
  )
})

test('prints the code of an error that has no message', async () => {
  const service = startFixture({ FAULT: 'external' })

  expect(await service.exited).toBe(1)
  expect(service.errors()).toBe('Failed:\n  ECONNREFUSED\n')
})

test('prints the stack of an error of the program, without its secrets', async () => {
  const service = startFixture({ FAULT: 'program' })

  expect(await service.exited).toBe(1)
  expect(service.errors()).toMatch(/Error: with \[token\]\n {6}at /)
})

test('finishes a request in progress, and tells its client to close the connection', async () => {
  const { requests, port, arrived, release } = await serveHeld()
  const answered = once(get({ port, agent: keepAlive() }), 'response') as Promise<[IncomingMessage]>
  await arrived

  const drained = requests.drain(5000)
  release()

  const [answer] = await answered
  expect([answer.statusCode, answer.headers.connection]).toEqual([200, 'close'])
  await drained
})

test('finishes an answer that is sent in part', async () => {
  const { requests, port, release } = await serveHeld({ early: true })
  const [answer] = (await once(get({ port }), 'response')) as [IncomingMessage]

  const drained = requests.drain(5000)
  release()

  expect(await text(answer)).toBe('done')
  await drained
})

test('accepts no more connections', async () => {
  const { requests, port } = await serveHeld()

  await requests.drain(5000)

  await expect(once(get({ port }), 'response')).rejects.toThrow('ECONNREFUSED')
})

test('answers a request that arrives on an idle connection, then closes the connection', async () => {
  const { requests, port, release } = await serveHeld()
  release()
  const agent = keepAlive()
  const [first] = (await once(get({ port, agent }), 'response')) as [IncomingMessage]
  await once(first.resume(), 'end')
  const drained = requests.drain(5000)

  const [answer] = (await once(get({ port, agent }), 'response')) as [IncomingMessage]

  expect([answer.statusCode, answer.headers.connection]).toEqual([200, 'close'])
  await drained
})

test('closes idle connections after the limit', async () => {
  const { requests, port, release } = await serveHeld()
  release()
  const [answer] = (await once(get({ port, agent: keepAlive() }), 'response')) as [IncomingMessage]
  const closed = once(answer.socket, 'close')
  await once(answer.resume(), 'end')

  await requests.drain(50)

  await closed
})

test('cuts requests that are still in progress after the limit', async () => {
  const { requests, port, arrived } = await serveHeld()
  const answered = once(get({ port }), 'response')
  const cut = expect(answered).rejects.toThrow('socket hang up')
  await arrived

  await requests.drain(50)

  await cut
})

test('does not wait if no request is in progress', async () => {
  const { requests } = await serveHeld()

  // Longer than the time limit of a test.
  await requests.drain(3_600_000)
})

/** A server that answers after `release` is called. `arrived` resolves when a request has arrived. */
async function serveHeld({ early = false } = {}) {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>()
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const app: RequestListener = async (_req, res) => {
    arrive()
    if (early) res.flushHeaders()
    await released
    res.end('done')
  }
  const { server, port } = await serve(app)
  return { requests: watchRequests(server), port, arrived, release }
}

function keepAlive(): Agent {
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  return agent
}
