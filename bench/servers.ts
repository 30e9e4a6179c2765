import { type Child, startChild } from './child.ts'
import type { Fixture } from './fixture.ts'
import type { Destination, Duration, LoadMethods } from './load-process.ts'
import { quantile } from './measure.ts'
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
  /** `/whoami` by default. */
  path?: string
}>

const USERS = { sends: 'x-token', bare: 'api-users', path: '/users?limit=10' } as const

const USERS_BEHIND_SERVERS: ServerEntry = {
  ...USERS,
  name: 'api-users-servers',
  file: 'api',
  label: 'The whole API, 10 users, PostgreSQL and Redis',
}

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
  { name: 'api-users', file: 'api', label: 'The whole API, 10 users, SQLite', ...USERS },
  ...(process.env.DATABASE_URL && process.env.REDIS_URL ? [USERS_BEHIND_SERVERS] : []),
]

/** What was measured of one server in one block. `cpu`: microseconds of the server's process for each request. */
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
/** The samples of each server, by its name: one for each block. */
export type Blocks = Record<string, Sample[]>

/** The warm-up is a number of requests, since code is compiled after a number of calls. */
type Plan = {
  generations: number
  blocks: number
  rounds: number
  windowMs: number
  warmUp: number
  progress: (text: string) => void
}

const CONNECTIONS = 32

/**
 * Runs all servers in turn, many times, each in its own process. The windows of two servers that are compared are short
 * and next to each other, so that other work of the machine affects both alike; every second round runs in reverse order.
 * A block is a number of rounds, and its sample has the medians of their windows, so that a disturbed window does not
 * count. Each generation starts new processes, since the same program may be compiled better in one process than in the
 * next.
 */
export async function runBlocks(
  fixture: Fixture,
  { generations, blocks, rounds, windowMs, warmUp, progress }: Plan,
): Promise<Blocks> {
  const samples: Blocks = Object.fromEntries(SERVERS.map(({ name }) => [name, []]))
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
      await openConnections(running, caller, fixture)
      for (const { entry, server } of running) {
        progress(`warming up: ${entry.label}`)
        await measureWindow(entry, server, caller, { requests: warmUp })
      }
      for (let block = 1; block <= blocks; block++) {
        progress(`start ${generation} of ${generations}, block ${block} of ${blocks}`)
        await caller.call('close')
        await openConnections(running, caller, fixture)
        const windows = new Map<string, Sample[]>(SERVERS.map(({ name }) => [name, []]))
        for (let round = 1; round <= rounds; round++) {
          for (const { entry, server } of round % 2 ? running : running.toReversed())
            windows
              .get(entry.name)
              ?.push(await measureWindow(entry, server, caller, { milliseconds: windowMs }))
        }
        for (const [name, of] of windows) samples[name]?.push(mediansOf(of))
      }
    } finally {
      await Promise.all([caller, ...running.map(({ server }) => server)].map((child) => child.stop()))
    }
  }
  return samples
}

type Running = { entry: ServerEntry; server: Child<ServerMethods> }

/** Each block has new connections and new tokens. Neither a handshake nor a first verification is measured. */
async function openConnections(
  running: readonly Running[],
  caller: Child<LoadMethods>,
  fixture: Fixture,
): Promise<void> {
  for (const { entry, server } of running)
    await caller.call('open', entry.name, destinationOf(entry, fixture, await server.call('port')))
}

async function measureWindow(
  { name }: ServerEntry,
  server: Child<ServerMethods>,
  caller: Child<LoadMethods>,
  duration: Duration,
): Promise<Sample> {
  const before = await server.call('usage')
  const burst = await caller.call('run', name, duration)
  const after = await server.call('usage')
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

function mediansOf(windows: readonly Sample[]): Sample {
  const median = (field: keyof Sample) =>
    quantile(
      windows.map((window) => window[field]),
      0.5,
    )
  return {
    cpu: median('cpu'),
    throughput: median('throughput'),
    p50: median('p50'),
    p99: median('p99'),
    serverLoad: median('serverLoad'),
    callerLoad: median('callerLoad'),
  }
}

/** The caller sends the same token in all requests of a block. */
function destinationOf({ sends, path }: ServerEntry, fixture: Fixture, port: number): Destination {
  const headers = {
    nothing: () => ({}),
    certificate: () => ({}),
    'x-token': () => ({ 'x-token': fixture.newToken() }),
    bearer: () => ({ authorization: `Bearer ${fixture.newToken()}` }),
    'api-key': () => ({ 'x-api-key': fixture.apiKey }),
  }[sends]()
  const client = sends === 'certificate' ? { client: fixture.client } : {}
  return { port, ca: fixture.ca, headers, connections: CONNECTIONS, ...(path && { path }), ...client }
}
