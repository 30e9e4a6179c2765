import { once } from 'node:events'
import { request } from 'node:https'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import tls from 'node:tls'
import express from 'express'
import { beforeAll, expect, test } from 'vitest'
import { exchange, parseAnswer } from '../test/exchange.ts'
import { recordedLog } from '../test/recorded-log.ts'
import { selfSigned } from '../test/self-signed.ts'
import { serve } from '../test/serve.ts'
import { createServer } from './server.ts'

const certificate = await selfSigned()
// Node and OpenSSL have a floor of their own; without it the tests see ours.
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
  const sent = request({ port: secure.port, host: 'localhost', ca: certificate.cert }).end()
  const [secureAnswer] = await once(sent, 'response')

  expect([answer.status, secureAnswer.statusCode]).toEqual([200, 200])
})

test('refuses TLS 1.1', async () => {
  const { port } = await serve(() => {}, { certificate })
  const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' } as const

  const socket = tls.connect({ port, rejectUnauthorized: false, ...old })

  await expect(once(socket, 'secureConnect')).rejects.toThrow(/version|protocol/i)
})

test('ends a connection whose headers drip, with 408', async () => {
  const { port } = await serve(() => {}, { limits: { ...FAST, headersTimeout: 50 } })

  const { head, body } = parseAnswer(await exchange(port, 'GET / HTTP/1.1\r\nHost: x\r\n'))

  expect(head).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/)
  expect(body).toMatchObject({ status: 408, code: 'invalid_request' })
})

test('ends a connection whose body drips, with 408', async () => {
  const limits = { ...FAST, headersTimeout: 40, requestTimeout: 50 }
  const { port } = await serve(express().use(express.json()), { limits })
  const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n'

  const answer = await exchange(port, `${head}{`)

  expect(answer).toMatch(/^HTTP\/1.1 408 /)
})

test('ends a connection that stays idle between requests', async () => {
  const app = express().get('/', (_req, res) => void res.send('here'))
  const { port } = await serve(app, { limits: { keepAliveTimeout: 30 } })

  const answer = await exchange(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')

  expect(answer).toMatch(/^HTTP\/1.1 200 OK/)
})

test('ends a connection on which nothing moves', async () => {
  const { port } = await serve(() => {}, { limits: { silence: 50 } })

  expect(await exchange(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('')
})

test('ends a connection that never begins its TLS handshake', async () => {
  const { port } = await serve(() => {}, { certificate, limits: { handshakeTimeout: 50 } })

  const socket = connect(port, '127.0.0.1')

  await once(socket.resume(), 'close')
})

test('has limits unless told otherwise, and all of them well under Node’s own', () => {
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
