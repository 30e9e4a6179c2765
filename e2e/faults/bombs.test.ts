import { once } from 'node:events'
import { connect } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { applicationOf, documentedToken } from '@signet/testing/application'
import { startSystem } from '@signet/testing/system'
import { afterAll, afterEach, expect, test } from 'vitest'
import { measureMemory } from './memory.ts'

const memory = await measureMemory()
const system = await startSystem({ env: { api: memory.env } })
afterAll(system.stop)
const token = documentedToken(applicationOf(system, 'app-two'))
const HEADERS = { 'x-token': token, 'content-type': 'application/json' }
const WITH_TOKEN = Object.entries(HEADERS).map(([name, value]) => `${name}: ${value}`)
const MEGABYTE = 1024 * 1024

const before = await memory.megabytes()
afterEach(async () => {
  expect(await memory.megabytes()).toBeLessThan(before + 150)
  expect(await system.send('/users', { token })).toMatchObject({ status: 200 })
})

test.each([
  ['nested to the limit', '['.repeat(8000) + ']'.repeat(8000), {}, 400, 'invalid_request'],
  ['objects in objects', `${'{"a":'.repeat(2700)}1${'}'.repeat(2700)}`, {}, 400, 'invalid_request'],
  ['full of members', `{${'"a":1,'.repeat(2700)}"a":1}`, {}, 400, 'invalid_request'],
  ['a hundred times too large', 'x'.repeat(1.6 * MEGABYTE), {}, 413, 'body_too_large'],
  ['ten megabytes in ten kilobytes', gzip(10), { 'content-encoding': 'gzip' }, 415, 'unsupported_media_type'],
])('a body that is %s is refused', async (_, body, headers, status, code) => {
  const answer = await system.send('/orders', { method: 'POST', headers: { ...HEADERS, ...headers }, body })

  expect(answer).toMatchObject({ status, body: { code } })
})

const LENGTH = 'Content-Length: 999999999999'
const CHUNKED = 'Transfer-Encoding: chunked'

test.each([
  ['says so', [...WITH_TOKEN, LENGTH], 413],
  ['does not say so', [...WITH_TOKEN, CHUNKED], 413],
  ['comes without a token', [CHUNKED], 401],
])('a body without an end, which %s, is refused at once and cut off soon', async (_, headers, status) => {
  const { answer, cut } = await flood(headers)

  expect(answer).toMatch(`HTTP/1.1 ${status} `)
  // Without the refusal, the time limit of a request would cut it off, after 30 s.
  expect(cut).toBeLessThan(25_000)
})

/** Sends until the connection is cut. `cut` is in milliseconds from the beginning. */
async function flood(headers: readonly string[]) {
  const port = Number(new URL(system.api.url).port)
  const bomb = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: system.ca })
  bomb.on('error', () => {})
  const { promise: closed, resolve } = Promise.withResolvers<unknown>()
  bomb.once('close', resolve)
  await once(bomb, 'secureConnect')
  const began = performance.now()
  bomb.write(['POST /orders HTTP/1.1', 'Host: localhost', ...headers, '', ''].join('\r\n'))
  // A chunk of a chunked body (RFC 9112 §7.1), and as good as any other in a body that says its length.
  const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`
  const send = () => void (bomb.writable && bomb.write(chunk))
  bomb.on('drain', send)
  for (let times = 0; times < 4; times++) send()

  const [answer] = await once(bomb, 'data')
  await closed
  return { answer: String(answer), cut: performance.now() - began }
}

/** So many megabytes of nothing, compressed. */
function gzip(megabytes: number): Buffer {
  return gzipSync(Buffer.alloc(megabytes * MEGABYTE, ' '))
}
