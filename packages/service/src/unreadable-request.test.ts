import { connect } from 'node:net'
import { selfSigned } from '@signet/testing/certificates'
import express from 'express'
import { expect, test } from 'vitest'
import { recordedLog } from '../test/recorded-log.ts'
import { exchange, parseAnswer, serve } from '../test/serve.ts'

const app = express()
app.get('/', (_req, res) => void res.send('here'))
app.post('/', express.json(), (_req, res) => void res.send('posted'))
app.post('/half', (req, res) => {
  res.write('half')
  req.resume()
})

const CHUNKED = 'Host: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'
test.each([
  ['text that is not HTTP', 'hello\r\n\r\n', 400, 'not valid HTTP'],
  ['an invalid header', 'GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n', 400, 'not valid HTTP'],
  ['two lengths', 'POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400, 'not valid HTTP'],
  ['an invalid chunk', `POST / HTTP/1.1\r\n${CHUNKED}`, 400, 'not valid HTTP'],
  ['large headers', `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(40_000)}\r\n\r\n`, 431, '16 KiB'],
  ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400, 'one Host'],
  ['two Hosts', 'GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n', 400, 'one Host'],
  ['two Hosts in HTTP/1.0', 'GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n', 400, 'one Host'],
  ['CONNECT', 'CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n', 400, 'not a proxy'],
  ['a target that is not a URL', 'GET http://[/users HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'not a valid URL'],
])('answers %s with a problem and closes the connection', async (_, text, status, detail) => {
  const { log, lines } = recordedLog()
  const { port } = await serve(app, { log })

  const { head, body } = parseAnswer(await exchange(port, text))

  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  expect(head).toMatch(/^Content-Type: application\/problem\+json/m)
  expect(head).toMatch(/^Connection: close/m)
  expect(head).toMatch(/^Cache-Control: no-store/m)
  expect(head).toMatch(/^X-Content-Type-Options: nosniff/m)
  expect(body).toMatchObject({ status, code: 'invalid_request', detail: expect.stringContaining(detail) })
  expect(head).toContain(`X-Request-Id: ${body.requestId}`)
  expect(lines).toEqual([expect.objectContaining({ requestId: body.requestId, status })])
})

test('accepts HTTP/1.0 without Host', async () => {
  const { port } = await serve(app)

  expect(await exchange(port, 'GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /)
})

test('ignores an expectation that it does not know', async () => {
  const { port } = await serve(app)
  const text = 'GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nConnection: close\r\n\r\n'

  expect(await exchange(port, text)).toMatch(/^HTTP\/1.1 200 /)
})

test('does not write a problem into the middle of an answer', async () => {
  const { port } = await serve(app)

  const answer = await exchange(port, `POST /half HTTP/1.1\r\n${CHUNKED.slice(0, -4)}1\r\na\r\nzz\r\n`)

  expect(answer).not.toContain('problem')
})

test('refuses the second request of a connection like the first', async () => {
  const { port } = await serve(app)
  const answered = exchangeTwo(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'hello\r\n\r\n')

  expect(await answered).toMatch(/^HTTP\/1.1 200 OK[\s\S]*hereHTTP\/1.1 400 Bad Request/)
})

test('closes the connection without an answer if a client sends HTTP to an HTTPS port', async () => {
  const { log, lines } = recordedLog()
  const { port } = await serve(app, { log, certificate: await selfSigned() })

  expect(await exchange(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')).not.toContain('problem')
  expect(lines).toEqual([])
})

test('leaves a refused client a second to read its answer, even if it still sends', async () => {
  const { port } = await serve(app)
  const started = performance.now()
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {}).resume()

  socket.write('hello\r\n\r\n')
  const sending = setInterval(() => socket.write('more\r\n'), 20)
  await new Promise((resolve) => socket.once('close', resolve))
  clearInterval(sending)

  expect(performance.now() - started).toBeGreaterThan(900)
})

/** Sends the second text after the answer to the first. */
function exchangeTwo(port: number, first: string, second: string): Promise<string> {
  return new Promise((resolve) => {
    let received = ''
    const socket = connect(port, '127.0.0.1')
    socket.on('data', (chunk) => {
      if (!received) socket.write(second)
      received += chunk
    })
    socket.on('close', () => resolve(received))
    socket.write(first)
  })
}
