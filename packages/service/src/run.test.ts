import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { get as getSecure } from 'node:https'
import { json } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { exchange } from '../test/exchange.ts'
import { startFixture } from '../test/process.ts'
import { selfSigned, writeTlsFiles } from '../test/self-signed.ts'

test.each(['SIGTERM', 'SIGHUP'] as const)(
  'on %s: not ready, requests under way are answered, resources are closed, exit 0',
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

test('takes SIGINT, and its echo from a process runner, as one wish to stop', async () => {
  const service = startFixture()
  const port = await service.port()
  const answered = once(get({ port, path: '/slow' }), 'response')
  await service.printed(/slow request/)

  service.kill('SIGINT')
  service.kill('SIGTERM')

  await answered
  expect(await service.exited).toBe(0)
})

test('exits at once when it is asked again later', async () => {
  const service = startFixture()
  const request = get({ port: await service.port(), path: '/never' }).on('error', () => {})
  await service.printed(/endless request/)

  const again = setInterval(() => service.kill('SIGINT'), 300)

  expect(await service.exited).toBe(1)
  clearInterval(again)
  request.destroy()
  expect(service.output()).not.toContain('closed')
})

test('serves HTTPS when it is given a certificate', async () => {
  const pair = await selfSigned()
  const { certFile, keyFile } = writeTlsFiles(pair)
  const service = startFixture({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile })

  const request = getSecure({ port: await service.port(), host: 'localhost', ca: pair.cert })
  const [answer] = (await once(request, 'response')) as [IncomingMessage]

  expect(answer.statusCode).toBe(200)
  expect(service.output()).toContain('listening on https://localhost:')
})

test('says when its certificate does not name the address that it listens on', async () => {
  const { certFile, keyFile } = writeTlsFiles(await selfSigned())
  const tls = { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile }
  const [named, unnamed] = [startFixture(tls), startFixture({ ...tls, HOST: '127.0.1.1' })]

  await unnamed.printed(/"warn".*the certificate does not name 127\.0\.1\.1/)
  await named.port()
  expect(named.output()).not.toContain('does not name')
})

test('outlives its log: with a closed terminal it serves on, and stops as it should', async () => {
  const service = startFixture()
  const port = await service.port()
  await service.closeOutputs()

  for (const _ of [1, 2, 3])
    expect((await exchange(port, 'no HTTP\r\n\r\n')).slice(0, 12)).toBe('HTTP/1.1 400')
  service.kill('SIGTERM')

  expect(await service.exited).toBe(0)
})

test('ends with 1, as ever, when a fault cannot be logged', async () => {
  const service = startFixture()
  const port = await service.port()
  await service.closeOutputs()

  get({ port, path: '/crash' }).on('error', () => {})

  expect(await service.exited).toBe(1)
})

test('logs an uncaught error without its secrets, and exits 1', async () => {
  const service = startFixture()
  const request = get({ port: await service.port(), path: '/crash' }).on('error', () => {})

  expect(await service.exited).toBe(1)
  request.destroy()
  expect(service.output()).toMatch(/"level":"fatal".*with \[token\]/)
  expect(service.errors()).toBe('')
})

test('exits 1 when a resource cannot be closed', async () => {
  const service = startFixture({ FAULT: 'close' })
  await service.port()

  service.kill('SIGTERM')

  expect(await service.exited).toBe(1)
  expect(service.errors()).toBe('Failed:\n  not closed\n')
})
