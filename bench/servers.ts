import { type Child, startChild } from './child.ts'
import type { Fixture } from './fixture.ts'
import type { Destination, Duration, LoadMethods } from './load-process.ts'
import type { ServerMethods } from './server-process.ts'

type ServerEntry = Readonly<{
  name: string
  /** The file in `servers/`, if it does not have the name of the server. */
  file?: string
  label: string
  /** What a caller sends to prove its identity. */
  sends: 'nothing' | 'x-token' | 'bearer' | 'api-key' | 'certificate'
  /** The name of the same server without authentication. */
  bare: string
}>

/**
 * The servers, in the order in which they run. Servers that are compared closely are next to each other. An
 * unauthenticated server gets the same token as the servers that are compared with it, and ignores it. Without the
 * token, the requests would differ in size too, and the ratio would measure that.
 */
export const SERVERS: readonly ServerEntry[] = [
  {
    name: 'express-silent',
    file: 'express',
    label: 'Express, unauthenticated, no token sent',
    sends: 'nothing',
    bare: 'express',
  },
  { name: 'express', label: 'Express, unauthenticated', sends: 'x-token', bare: 'express' },
  { name: 'express-signet', label: 'Express + Signet', sends: 'x-token', bare: 'express' },
  {
    name: 'express-no-op',
    file: 'express',
    label: 'Express + a no-op middleware',
    sends: 'x-token',
    bare: 'express',
  },
  { name: 'express-api-key', label: 'Express + an API key', sends: 'api-key', bare: 'express' },
  { name: 'express-mtls', label: 'Express + mutual TLS', sends: 'certificate', bare: 'express' },
  {
    name: 'express-jsonwebtoken',
    label: 'Express + jsonwebtoken, prepared key',
    sends: 'x-token',
    bare: 'express',
  },
  { name: 'express-oauth2', label: 'express-oauth2-jwt-bearer', sends: 'bearer', bare: 'express' },
  { name: 'express-passport', label: 'passport-jwt', sends: 'bearer', bare: 'express' },
  { name: 'express-minimal', label: 'Express + minimal middleware', sends: 'x-token', bare: 'express' },
  { name: 'fastify', label: 'Fastify, unauthenticated', sends: 'bearer', bare: 'fastify' },
  { name: 'fastify-jwt', label: 'Fastify + @fastify/jwt, cached', sends: 'bearer', bare: 'fastify' },
  {
    name: 'api-open-silent',
    file: 'api-open',
    label: 'The whole API, unauthenticated, no token sent',
    sends: 'nothing',
    bare: 'api-open',
  },
  { name: 'api-open', label: 'The whole API, unauthenticated', sends: 'x-token', bare: 'api-open' },
  { name: 'api', label: 'The whole API', sends: 'x-token', bare: 'api-open' },
]

/** What was measured of one server in one window. `cpu`: microseconds of the server's process for each request. */
export type Sample = {
  cpu: number
  /** Requests a second. */
  throughput: number
  /** Milliseconds. */
  p50: number
  p99: number
  /** How busy the server and its caller were: 1 is one core. */
  serverLoad: number
  callerLoad: number
}
/** The samples of each server, by its name: one for each round. */
export type Rounds = Record<string, Sample[]>

/** The warm-up is a number of requests, since code is compiled after a number of calls. */
type Plan = {
  generations: number
  rounds: number
  windowMs: number
  warmUp: number
  progress: (text: string) => void
}

const CONNECTIONS = 32

/**
 * Runs all servers in turn, many times, each in its own process. So other work of the machine affects all of them alike.
 * Every second round runs in reverse order. Each generation starts new processes, since the same program may be compiled
 * better in one process than in the next.
 */
export async function runRounds(
  fixture: Fixture,
  { generations, rounds, windowMs, warmUp, progress }: Plan,
): Promise<Rounds> {
  const samples: Rounds = Object.fromEntries(SERVERS.map(({ name }) => [name, []]))
  for (let generation = 1; generation <= generations; generation++) {
    progress(`servers, start ${generation} of ${generations}`)
    const caller = startChild<LoadMethods>('load-process.ts')
    const running = SERVERS.map((entry) => ({
      entry,
      server: startChild<ServerMethods>('server-process.ts', [
        entry.file ?? entry.name,
        fixture.folder,
        entry.name,
      ]),
    }))
    try {
      for (const { entry, server } of running) {
        progress(`warming up: ${entry.label}`)
        await takeSample({ entry, server, caller, fixture }, { requests: warmUp })
      }
      for (let round = 1; round <= rounds; round++) {
        for (const { entry, server } of round % 2 ? running : running.toReversed()) {
          progress(`start ${generation} of ${generations}, round ${round} of ${rounds}: ${entry.label}`)
          const sample = await takeSample({ entry, server, caller, fixture }, { milliseconds: windowMs })
          samples[entry.name]?.push(sample)
        }
      }
    } finally {
      await Promise.all([caller, ...running.map(({ server }) => server)].map((child) => child.stop()))
    }
  }
  return samples
}

type Participants = {
  entry: ServerEntry
  server: Child<ServerMethods>
  caller: Child<LoadMethods>
  fixture: Fixture
}

/** Opens the connections before it reads the CPU usage, so that TLS handshakes are not measured. */
async function takeSample(
  { entry, server, caller, fixture }: Participants,
  duration: Duration,
): Promise<Sample> {
  await caller.call('open', destinationOf(entry, fixture, await server.call('port')))
  const before = await server.call('usage')
  const burst = await caller.call('run', duration)
  const after = await server.call('usage')
  await caller.call('close')
  const cpu = after.cpu - before.cpu
  return {
    cpu: cpu / burst.requests,
    throughput: (burst.requests / burst.milliseconds) * 1000,
    p50: burst.p50,
    p99: burst.p99,
    serverLoad: cpu / (after.milliseconds - before.milliseconds) / 1000,
    callerLoad: burst.cpu / burst.milliseconds / 1000,
  }
}

/** Each window has a new token, which all its requests send. */
function destinationOf({ sends }: ServerEntry, fixture: Fixture, port: number): Destination {
  const headers = {
    nothing: () => ({}),
    certificate: () => ({}),
    'x-token': () => ({ 'x-token': fixture.newToken() }),
    bearer: () => ({ authorization: `Bearer ${fixture.newToken()}` }),
    'api-key': () => ({ 'x-api-key': fixture.apiKey }),
  }[sends]()
  const client = sends === 'certificate' ? { client: fixture.client } : {}
  return { port, ca: fixture.ca, headers, connections: CONNECTIONS, ...client }
}
