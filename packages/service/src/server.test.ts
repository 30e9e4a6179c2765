import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { request as requestSecure } from 'node:https'
import { connect, createServer as createNetServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import tls from 'node:tls'
import { selfSigned } from '@signet/testing/certificates'
import express from 'express'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { recordedLog } from '../test/recorded-log.ts'
import { exchange, parseAnswer, serve } from '../test/serve.ts'
import { createServer, ListenError, listen } from './server.ts'

const certificate = await selfSigned()
// Node and OpenSSL have a minimum version, too. Without it, the test shows that the server has one.
const { DEFAULT_MIN_VERSION, DEFAULT_CIPHERS } = tls
beforeAll(() => {
  Object.assign(tls, { DEFAULT_MIN_VERSION: 'TLSv1', DEFAULT_CIPHERS: 'DEFAULT@SECLEVEL=0' })
  return () => void Object.assign(tls, { DEFAULT_MIN_VERSION, DEFAULT_CIPHERS })
})

const FAST = { connectionsCheckingInterval: 20 }

test('serves an app over HTTP, and over HTTPS with a certificate', async () => {
  const app = express().get('/', (_req, res) => void res.send('here'))
  const plain = await serve(app)
  const secure = await serve(app, { certificate })

  const answer = await fetch(plain.origin)
  const sent = requestSecure({ port: secure.port, host: 'localhost', ca: certificate.cert }).end()
  const [secureAnswer] = await once(sent, 'response')

  expect([answer.status, secureAnswer.statusCode]).toEqual([200, 200])
})

test('refuses TLS 1.1', async () => {
  const { port } = await serve(() => {}, { certificate })
  const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' } as const

  const socket = tls.connect({ port, rejectUnauthorized: false, ...old })

  await expect(once(socket, 'secureConnect')).rejects.toThrow(/version|protocol/i)
})

test('closes a connection whose headers arrive too slowly, with 408', async () => {
  const { port } = await serve(() => {}, { limits: { ...FAST, headersTimeout: 50 } })

  const { head, body } = parseAnswer(await exchange(port, 'GET / HTTP/1.1\r\nHost: x\r\n'))

  expect(head).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/)
  expect(body).toMatchObject({ status: 408, code: 'invalid_request' })
})

test('closes a connection whose body arrives too slowly, with 408', async () => {
  const limits = { ...FAST, headersTimeout: 40, requestTimeout: 50 }
  const { port } = await serve(express().use(express.json()), { limits })
  const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n'

  const answer = await exchange(port, `${head}{`)

  expect(answer).toMatch(/^HTTP\/1.1 408 /)
})

test('closes a connection that is idle between requests', async () => {
  const app = express().get('/', (_req, res) => void res.send('here'))
  const { port } = await serve(app, { limits: { keepAliveTimeout: 30 } })

  const answer = await exchange(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')

  expect(answer).toMatch(/^HTTP\/1.1 200 OK/)
})

test('closes a connection without traffic in either direction', async () => {
  const { port } = await serve(() => {}, { limits: { silence: 50 } })

  expect(await exchange(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('')
})

test('closes a connection that never begins its TLS handshake', async () => {
  const { port } = await serve(() => {}, { certificate, limits: { handshakeTimeout: 50 } })

  const socket = connect(port, '127.0.0.1')

  await once(socket.resume(), 'close')
})

test('has limits by default, each much lower than the limit of Node', () => {
  const server = createServer({ app: () => {}, log: recordedLog().log })

  const { headersTimeout, requestTimeout, keepAliveTimeout, timeout } = server
  expect([headersTimeout, requestTimeout, keepAliveTimeout, timeout]).toEqual([10_000, 30_000, 5_000, 60_000])
})

test('answers a client that has closed its half of the connection', async () => {
  const app = express().get('/', (req, res) => void req.socket.once('end', () => res.send('late')))
  const { port } = await serve(app)
  const socket = connect({ port, allowHalfOpen: true })

  socket.end('GET / HTTP/1.1\r\nHost: x\r\n\r\n')

  expect(await text(socket)).toMatch(/^HTTP\/1.1 200 .*late$/s)
})

test('resolves to the port that the system chose', async () => {
  const server = newServer()

  const port = await listen(server, { host: '127.0.0.1', port: 0 })

  expect(server.address()).toMatchObject({ port })
})

test('says that a port is in use, and how to fix this', async () => {
  const port = await listen(newServer(), { host: '127.0.0.1', port: 0 })

  const second = listen(newServer(), { host: '127.0.0.1', port })

  await expect(second).rejects.toThrow(ListenError)
  await expect(second).rejects.toThrow(
    `PORT ${port} is in use: stop the program that uses it, or set another port`,
  )
})

test('names the variable that set the port', async () => {
  const port = await listen(newServer(), { host: '127.0.0.1', port: 0 })

  const second = listen(newServer(), { host: '127.0.0.1', port, variable: 'METRICS_PORT' })

  await expect(second).rejects.toThrow(`METRICS_PORT ${port} is in use`)
})

test('says that a host is not an address of this machine', async () => {
  const listening = listen(newServer(), { host: '192.0.2.1', port: 0 })

  await expect(listening).rejects.toThrow('HOST 192.0.2.1 is not an address of this machine')
})

/** Answers without reading the body. */
const refuse = express().use((_req, res) => void res.status(401).send('no'))
const HEAD = 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n'

test('disconnects a client that still sends a body after its answer', async () => {
  const { port } = await serve(refuse, { limits: { linger: 50 } })
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket
    .on('error', () => {})
    .on('data', (chunk) => {
      answer += chunk
    })
  const closed = new Promise((resolve) => socket.once('close', resolve))
  const timer = setInterval(() => socket.write('1\r\nx\r\n'), 5)
  onTestFinished(() => clearInterval(timer))

  socket.write(HEAD)

  await closed
  expect(answer).toMatch(/^HTTP\/1.1 401 .*no$/s)
})

test('leaves such a client time to read its answer first', async () => {
  const { port } = await serve(refuse, { limits: { linger: 300 } })
  const began = performance.now()
  const socket = connect(port, '127.0.0.1').resume()

  socket.write(HEAD)

  await once(socket, 'close')
  expect(performance.now() - began).toBeGreaterThan(290)
})

test('keeps the connection of a client that ends its body in this time', async () => {
  const { port } = await serve(refuse, { limits: { linger: 50 } })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  const first = request({ port, agent, method: 'POST' })
  first.write('the beginning')
  const [answer] = (await once(first, 'response')) as [IncomingMessage]
  first.end('and the end')
  await once(answer.resume(), 'end')

  await setTimeout(100)
  const second = request({ port, agent, method: 'POST' }).end()
  await once(second, 'response')

  expect(second.reusedSocket).toBe(true)
})

function newServer() {
  const server = createNetServer()
  onTestFinished(() => void server.close())
  return server
}
