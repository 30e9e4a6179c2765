import { once } from 'node:events'
import { connect as connectPlain, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { run } from '@signet/testing/process'
import { applicationOf, minimalToken, startSystem } from '@signet/testing/system'
import { WITHIN } from '@signet/testing/wait'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'

const system = await startSystem({ metrics: true, pages: false })
afterAll(system.stop)
const token = minimalToken(applicationOf(system, 'app-two'))
const port = Number(new URL(system.api.url).port)

describe('large bodies', () => {
  const HEADERS = { 'x-token': token, 'content-type': 'application/json' }
  const WITH_TOKEN = Object.entries(HEADERS).map(([name, value]) => `${name}: ${value}`)
  const MEGABYTE = 1024 * 1024
  const LENGTH = 'Content-Length: 999999999999'
  const CHUNKED = 'Transfer-Encoding: chunked'

  let before: number
  beforeAll(async () => {
    before = await megabytes()
  })
  afterEach(async () => {
    expect(await megabytes()).toBeLessThan(before + 150)
    expect(await system.send('/users', { token })).toMatchObject({ status: 200 })
  })

  test.each([
    ['nested to the limit', '['.repeat(8000) + ']'.repeat(8000), {}, 400, 'invalid_request'],
    ['objects in objects', `${'{"a":'.repeat(2700)}1${'}'.repeat(2700)}`, {}, 400, 'invalid_request'],
    ['full of members', `{${'"a":1,'.repeat(2700)}"a":1}`, {}, 400, 'invalid_request'],
    ['a hundred times too large', 'x'.repeat(1.6 * MEGABYTE), {}, 413, 'body_too_large'],
    [
      'ten megabytes in ten kilobytes',
      gzipSync(Buffer.alloc(10 * MEGABYTE, ' ')),
      { 'content-encoding': 'gzip' },
      415,
      'unsupported_media_type',
    ],
  ])('a body that is %s is refused', async (_, body, headers, status, code) => {
    const answer = await system.send('/orders', { method: 'POST', headers: { ...HEADERS, ...headers }, body })

    expect(answer).toMatchObject({ status, body: { code } })
  })

  test.each([
    ['says so', [...WITH_TOKEN, LENGTH], 413],
    ['does not say so', [...WITH_TOKEN, CHUNKED], 413],
    ['has no token', [CHUNKED], 401],
  ])(
    'a body without an end, whose request %s, is refused at once and cut off soon',
    async (_, headers, status) => {
      const { answer, cut } = await flood(headers)

      expect(answer).toMatch(`HTTP/1.1 ${status} `)
      // Without the refusal, the time limit of a request would cut it off, after 30 s.
      expect(cut).toBeLessThan(25_000)
    },
  )

  /** Sends until the connection is cut. `cut`: after how many milliseconds. */
  async function flood(headers: readonly string[]) {
    const socket = connectToApi()
    const { promise: closed, resolve } = Promise.withResolvers<unknown>()
    socket.once('close', resolve)
    await once(socket, 'secureConnect')
    const began = performance.now()
    socket.write(['POST /orders HTTP/1.1', 'Host: localhost', ...headers, '', ''].join('\r\n'))
    // A chunk of a chunked body (RFC 9112 §7.1). In a body with a length, these are bytes like any others.
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`
    const send = () => void (socket.writable && socket.write(chunk))
    socket.on('drain', send)
    for (let times = 0; times < 4; times++) send()

    const [answer] = await once(socket, 'data')
    await closed
    return { answer: String(answer), cut: performance.now() - began }
  }
})

test('clients that send their headers very slowly delay no other client, and are cut off after ten seconds', async () => {
  const began = performance.now()
  const slow = Array.from({ length: 200 }, drip)
  const others = []
  const over = Promise.all(slow).then(() => true)
  do others.push((await system.send('/users', { token })).status)
  while (!(await Promise.race([over, setTimeout(250, false)])))

  const answers = await Promise.all(slow)
  expect(answers.filter((answer) => !answer.startsWith('HTTP/1.1 408 '))).toEqual([])
  expect(performance.now() - began).toBeLessThan(28_000)
  expect(others).toEqual(others.map(() => 200))

  /** A request that never ends: another header every 100 ms. Resolves to the answer. */
  async function drip(): Promise<string> {
    const socket = connectToApi()
    await once(socket, 'secureConnect')
    socket.write('GET /users HTTP/1.1\r\nHost: localhost\r\n')
    const timer = setInterval(() => socket.write('x-slow: very\r\n'), 100)
    try {
      return await text(socket)
    } finally {
      clearInterval(timer)
    }
  }
})

/** 10,000, or as many files as this machine lets a process open. */
const { output: fileLimit } = await run('sh', ['-c', 'ulimit -Hn'])
const CONNECTIONS = Math.min(10_000, (Number(fileLimit) || Number.POSITIVE_INFINITY) - 500)

test(`${CONNECTIONS} idle connections cost at most 40 KB each, delay no other client, and are closed`, async () => {
  const before = await megabytes()
  const answers: number[] = []
  const sockets: Socket[] = []

  while (sockets.length < CONNECTIONS) {
    // The server's queue for new connections is longer (Node's backlog is 511).
    const more = Array.from({ length: 250 }, () => connectPlain(port, '127.0.0.1').on('error', () => {}))
    await Promise.all(more.map((socket) => once(socket.resume(), 'connect')))
    sockets.push(...more)
    answers.push((await system.send('/whoami', { token })).status)
  }
  const after = await megabytes()

  expect(answers).toEqual(answers.map(() => 200))
  expect(after - before).toBeLessThan(CONNECTIONS * 0.04)
  await vi.waitUntil(() => sockets.every(({ closed }) => closed), WITHIN)
  expect(await system.send('/whoami', { token })).toMatchObject({ status: 200 })
})

function connectToApi() {
  const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca: system.ca })
  return socket.on('error', () => {})
}

/** The memory of the API process. */
async function megabytes(): Promise<number> {
  const response = await fetch(system.metrics[0] ?? '')
  const [, bytes] = /^process_resident_memory_bytes (\S+)$/m.exec(await response.text()) ?? []
  return Number(bytes) / 1e6
}
