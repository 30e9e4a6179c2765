import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { freePort } from '@signet/testing/free-port'
import { WITHIN } from '@signet/testing/within'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { startBalancer } from './balancer.ts'
import { createOperator } from './operator.ts'

const { ca, ...certificate } = await provision()

test('connections go to the backends in turn, and a client speaks TLS with them', async () => {
  const call = await balance(await startBackend('one'), await startBackend('two'))

  expect([await call(), await call(), await call(), await call()].sort()).toEqual([
    'one',
    'one',
    'two',
    'two',
  ])
})

test('a backend that refuses connections is passed over, before anybody has looked at it again', async () => {
  const one = await startBackend('one')
  const call = await balance(one, await startBackend('two'))

  one.stop()

  expect([await call(), await call(), await call()]).toEqual(['two', 'two', 'two'])
})

test('a backend that is not ready gets no connection until it is', async () => {
  const one = await startBackend('one')
  one.status = 503
  const call = await balance(one, await startBackend('two'))
  expect([await call(), await call()]).toEqual(['two', 'two'])

  one.status = 200

  await vi.waitUntil(async () => (await call()) === 'one', WITHIN)
})

test('when none takes a connection, the client is told at once', async () => {
  const one = await startBackend('one')
  const call = await balance(one)
  one.stop()

  await expect(call()).rejects.toMatchObject({ code: 'ECONNRESET' })
})

test('an answer before the end of a connection arrives whole', async () => {
  const long = 'x'.repeat(5_000_000)
  const call = await balance(await startBackend(long))

  expect(await call()).toBe(long)
})

/** A server that answers with its name, and at `/readyz` with a status. */
async function startBackend(name: string) {
  const backend = { url: '', status: 200, stop: () => void server.close() }
  const server = createServer(certificate, (req, res) => {
    res.shouldKeepAlive = false
    if (req.url === '/readyz') res.statusCode = backend.status
    res.end(name)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(backend.stop)
  backend.url = `https://localhost:${(server.address() as AddressInfo).port}`
  return backend
}

/** Puts a balancer before backends; the answer calls it once over a connection of its own. */
async function balance(...backends: { url: string }[]) {
  const port = await freePort()
  const balancer = await startBalancer({ port, backends: backends.map(({ url }) => url), ca })
  onTestFinished(balancer.close)
  return async () => {
    const [response] = await once(get(`https://localhost:${port}`, { ca, agent: false }), 'response')
    return await text(response)
  }
}

/** Certificates, and no keys, since nobody is on the application registry. */
async function provision() {
  const folder = mkdtempSync(join(tmpdir(), 'balancer-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const applications = join(folder, 'applications.json')
  writeFileSync(applications, '[]')
  await createOperator({ applications, secrets: folder, say: () => {} }).keys('provision')
  const [ca = '', cert, key] = ['ca.pem', 'api/server.pem', 'api/server.key'].map((path) =>
    readFileSync(join(folder, path), 'utf8'),
  )
  return { ca, cert, key }
}
