import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import express from 'express'
import { expect, onTestFinished, test } from 'vitest'
import { serve } from '../test/serve.ts'

/** Says no without a look at the body. */
const refuse = express().use((_req, res) => void res.status(401).send('no'))
const HEAD = 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n'

test('a client that still sends when it has its answer is cut off', async () => {
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

test('it has the time to read its answer first', async () => {
  const { port } = await serve(refuse, { limits: { linger: 300 } })
  const began = performance.now()
  const socket = connect(port, '127.0.0.1').resume()

  socket.write(HEAD)

  await once(socket, 'close')
  expect(performance.now() - began).toBeGreaterThan(290)
})

test('a client that ends its body meanwhile keeps its connection', async () => {
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
