import { once } from 'node:events'
import { Agent, get, type IncomingMessage, type RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { serve } from '../test/serve.ts'
import { watchRequests } from './drain.ts'

test('lets a request under way finish, and tells its client to close the connection', async () => {
  const { requests, port, arrived, release } = await serveHeld()
  const answered = once(get({ port, agent: keepAlive() }), 'response') as Promise<[IncomingMessage]>
  await arrived

  const drained = requests.drain(5000)
  release()

  const [answer] = await answered
  expect([answer.statusCode, answer.headers.connection]).toEqual([200, 'close'])
  await drained
})

test('lets an answer that is half sent finish', async () => {
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

test('answers what was on its way on an idle connection, and closes it then', async () => {
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

test('closes idle connections at the limit at the latest', async () => {
  const { requests, port, release } = await serveHeld()
  release()
  const [answer] = (await once(get({ port, agent: keepAlive() }), 'response')) as [IncomingMessage]
  const closed = once(answer.socket, 'close')
  await once(answer.resume(), 'end')

  await requests.drain(50)

  await closed
})

test('cuts what is still under way at the limit', async () => {
  const { requests, port, arrived } = await serveHeld()
  const answered = once(get({ port }), 'response')
  const cut = expect(answered).rejects.toThrow('socket hang up')
  await arrived

  await requests.drain(50)

  await cut
})

test('waits for no one when nothing is under way', async () => {
  const { requests } = await serveHeld()

  // Longer than a test may take.
  await requests.drain(3_600_000)
})

/** A server that answers when it is told to. */
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
