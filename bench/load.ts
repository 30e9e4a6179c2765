import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import { answerParent } from './child.ts'
import { quantile } from './statistics.ts'

// The caller, in a process of its own. It writes one prepared request again and again on raw TLS sockets and reads
// no more of the answers than where they end, so that it costs less than any server here.

export type Target = {
  port: number
  ca: string
  headers: Record<string, string>
  connections: number
  /** For mutual TLS. */
  client?: { cert: string; key: string }
}

/** Each connection goes as fast as it is answered, unless there is a `rate`: requests a second of all of them. */
export type Length = { milliseconds?: number; requests?: number; rate?: number }

/** Milliseconds for p50 and p99; `cpu`: microseconds that the caller itself used. */
export type Burst = { requests: number; milliseconds: number; p50: number; p99: number; cpu: number }

let connections: Connection[] = []

const questions = {
  /** Connects, and sends one request on each connection. `expect`: the status that every answer must have. */
  async open({ port, ca, headers, connections: count, client }: Target, expect = 200): Promise<void> {
    const lines = Object.entries({ Host: 'localhost', ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    )
    const request = Buffer.from(['GET /whoami HTTP/1.1', ...lines, '', ''].join('\r\n'))
    const options = { port, ca, servername: 'localhost', minVersion: 'TLSv1.3' as const, ...client }
    connections = await Promise.all(
      Array.from({ length: count }, () => openConnection(connect(options), request, expect)),
    )
    await Promise.all(connections.map(({ send }) => send()))
  },

  /** Sends for so many `milliseconds`, or so many `requests`. */
  async run({ milliseconds = Infinity, requests = Infinity, rate = Infinity }: Length): Promise<Burst> {
    const times: number[] = []
    const cpu = process.cpuUsage()
    const start = performance.now()
    const isOver = () => performance.now() >= start + milliseconds || times.length >= requests
    await Promise.all(connections.map(({ send }, turn) => repeat(send, { times, isOver, rate, turn })))
    const { user, system } = process.cpuUsage(cpu)
    const took = performance.now() - start
    return {
      requests: times.length,
      milliseconds: took,
      p50: quantile(times, 0.5),
      p99: quantile(times, 0.99),
      cpu: user + system,
    }
  },

  close(): void {
    for (const { close } of connections.splice(0)) close()
  },
}
export type LoadQuestions = typeof questions
answerParent(questions)

type Repetition = { times: number[]; isOver: () => boolean; rate: number; turn: number }

/** At a rate the connections send in turn, evenly apart: all at once they would wait for each other. */
async function repeat(send: () => Promise<void>, { times, isOver, rate, turn }: Repetition): Promise<void> {
  const gap = 1000 / rate
  for (let due = performance.now() + gap * turn; !isOver(); due += gap * connections.length) {
    const wait = due - performance.now()
    if (wait > 0) await setTimeout(wait)
    const sent = performance.now()
    await send()
    times.push(performance.now() - sent)
  }
}

type Connection = { send(): Promise<void>; close(): void }

/** A connection with one request under way at a time. */
async function openConnection(socket: TLSSocket, request: Buffer, expect: number): Promise<Connection> {
  const status = `HTTP/1.1 ${expect} `
  let answered: () => void
  let failed: (error: Error) => void
  let received = ''

  socket.setNoDelay().setEncoding('latin1')
  socket.on('data', (text: string) => {
    received += text
    if (!isWhole(received)) return
    const answer = received
    received = ''
    if (answer.startsWith(status)) answered()
    else failed(new Error(`unexpected answer: ${answer}`))
  })
  socket.on('error', (error) => failed(error))
  socket.on('close', () => failed(new Error('the server closed the connection')))

  const opened = Promise.withResolvers<void>()
  failed = opened.reject
  socket.once('secureConnect', opened.resolve)
  await opened.promise
  return {
    send: () =>
      new Promise((resolve, reject) => {
        answered = resolve
        failed = reject
        socket.write(request)
      }),
    close: () => socket.destroy(),
  }
}

function isWhole(text: string): boolean {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return false
  const length = /content-length: (\d+)/i.exec(text)?.[1]
  return text.length >= head + 4 + Number(length)
}
