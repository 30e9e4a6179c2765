import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { connect } from 'node:tls'
import { applicationOf, documentedToken } from '@signet/testing/application'
import { startSystem } from '@signet/testing/system'
import { afterAll, expect, test } from 'vitest'

const system = await startSystem()
afterAll(system.stop)
const token = documentedToken(applicationOf(system, 'app-one'))
const port = Number(new URL(system.api.url).port)

test('clients who drip their headers hinder nobody, and are sent away after ten seconds', async () => {
  const began = performance.now()
  const slow = Array.from({ length: 200 }, drip)
  const others = []
  const over = Promise.all(slow).then(() => true)
  do others.push((await system.send('/users', { token })).status)
  while (!(await Promise.race([over, pause()])))

  const answers = await Promise.all(slow)
  expect(answers.filter((answer) => !answer.startsWith('HTTP/1.1 408 '))).toEqual([])
  expect(performance.now() - began).toBeLessThan(28_000)
  expect(others).toEqual(others.map(() => 200))
})

/** A request that never ends: another header every 100 ms. Resolves to all that is answered. */
async function drip(): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: system.ca })
  socket.on('error', () => {})
  await once(socket, 'secureConnect')
  socket.write('GET /users HTTP/1.1\r\nHost: localhost\r\n')
  const timer = setInterval(() => socket.write('x-slow: very\r\n'), 100)
  try {
    return await text(socket)
  } finally {
    clearInterval(timer)
  }
}

async function pause(): Promise<false> {
  const { promise, resolve } = Promise.withResolvers<false>()
  setTimeout(resolve, 250, false)
  return promise
}
