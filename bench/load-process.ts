import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import { handleCalls } from './child.ts'
import { quantile } from './measure.ts'

// The caller, in a process of its own. It writes the same prepared request many times on raw TLS sockets. Of each
// response it reads only where it ends, so that it uses less CPU time than any of the servers.

export type Destination = {
  port: number
  path?: string
  ca: string
  headers: Record<string, string>
  connections: number
  /** For mutual TLS. */
  client?: { cert: string; key: string }
}

/**
 * Each connection sends its next request when it has the response. With a `rate`, all connections together send so many
 * requests a second.
 */
export type Duration = { milliseconds?: number; requests?: number; rate?: number }

/** p50 and p99 in milliseconds; `cpu`: microseconds that this process used. */
export type Burst = { requests: number; milliseconds: number; p50: number; p99: number; cpu: number }

/** By the name under which they were opened. */
const connectionsOf = new Map<string, Connection[]>()

const methods = {
  /** Connects, and sends one request on each connection. Each response must have the status `expect`. */
  async open(name: string, destination: Destination, expect = 200): Promise<void> {
    const { port, path = '/whoami', ca, headers, connections: count, client } = destination
    const lines = Object.entries({ Host: 'localhost', ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    )
    const request = Buffer.from([`GET ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n'))
    const options = { port, ca, servername: 'localhost', minVersion: 'TLSv1.3' as const, ...client }
    const connections = await Promise.all(
      Array.from({ length: count }, () => openConnection(connect(options), request, expect)),
    )
    await Promise.all(connections.map(({ send }) => send()))
    connectionsOf.set(name, connections)
  },

  /** Sends requests for a number of `milliseconds`, or a number of `requests`. */
  async run(name: string, duration: Duration): Promise<Burst> {
    const { milliseconds = Infinity, requests = Infinity, rate = Infinity } = duration
    const connections = connectionsOf.get(name) ?? []
    const times: number[] = []
    const cpu = process.cpuUsage()
    const start = performance.now()
    const isOver = () => performance.now() >= start + milliseconds || times.length >= requests
    const share = { times, isOver, rate, of: connections.length }
    await Promise.all(connections.map(({ send }, turn) => repeat(send, { ...share, turn })))
    const { user, system } = process.cpuUsage(cpu)
    return {
      requests: times.length,
      milliseconds: performance.now() - start,
      p50: quantile(times, 0.5),
      p99: quantile(times, 0.99),
      cpu: user + system,
    }
  },

  close(): void {
    for (const { close } of [...connectionsOf.values()].flat()) close()
    connectionsOf.clear()
  },
}
export type LoadMethods = typeof methods
handleCalls(methods)

type Repetition = { times: number[]; isOver: () => boolean; rate: number; turn: number; of: number }

/** At a rate, the connections send in turn, at equal intervals: if all sent at once, they would wait for each other. */
async function repeat(
  send: () => Promise<void>,
  { times, isOver, rate, turn, of }: Repetition,
): Promise<void> {
  const gap = 1000 / rate
  for (let due = performance.now() + gap * turn; !isOver(); due += gap * of) {
    const wait = due - performance.now()
    if (wait > 0) await setTimeout(wait)
    const sent = performance.now()
    await send()
    times.push(performance.now() - sent)
  }
}

type Connection = { send(): Promise<void>; close(): void }

/** A connection that sends one request at a time. */
async function openConnection(socket: TLSSocket, request: Buffer, expect: number): Promise<Connection> {
  const status = `HTTP/1.1 ${expect} `
  let succeed: () => void
  let fail: (error: Error) => void
  let received = ''

  socket.setNoDelay().setEncoding('latin1')
  socket.on('data', (text: string) => {
    received += text
    if (!isComplete(received)) return
    const response = received
    received = ''
    if (response.startsWith(status)) succeed()
    else fail(new Error(`unexpected response: ${response}`))
  })
  socket.on('error', (error) => fail(error))
  socket.on('close', () => fail(new Error('the server closed the connection')))

  const opened = Promise.withResolvers<void>()
  fail = opened.reject
  socket.once('secureConnect', opened.resolve)
  await opened.promise
  return {
    send: () =>
      new Promise((resolve, reject) => {
        succeed = resolve
        fail = reject
        if (socket.destroyed) reject(new Error('the server has closed the connection'))
        else socket.write(request)
      }),
    close: () => socket.destroy(),
  }
}

function isComplete(text: string): boolean {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return false
  const length = /content-length: (\d+)/i.exec(text)?.[1]
  return text.length >= head + 4 + Number(length)
}
