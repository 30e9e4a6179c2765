import { type Child, startChild } from './child.ts'
import { CONTENDERS, type Contender } from './contenders.ts'
import type { Length, LoadQuestions, Target } from './load.ts'
import type { ServerQuestions } from './serve.ts'
import type { Stage } from './stage.ts'

/** One window of one contender. `cpu`: microseconds of the server's process for each request. */
export type Sample = {
  cpu: number
  /** Requests a second. */
  throughput: number
  p50: number
  p99: number
  /** How busy the server and its caller were: 1 is one core. */
  serverLoad: number
  callerLoad: number
}
/** The samples of each contender, by its name: one for each round. */
export type Rounds = Record<string, Sample[]>

type Plan = Window & { generations: number; rounds: number; say: (text: string) => void }
/** The warm-up is in requests: it is calls that make code compiled. */
type Window = { windowMs: number; warmUp: number }

const CONNECTIONS = 32

/**
 * Lets all contenders run in turn, again and again, each in its own process: whatever the machine does besides, it
 * does to all of them. Every other round goes backwards. Each generation starts new processes, since one and the same
 * program may be compiled well in one and less so in the next.
 */
export async function runRounds(
  stage: Stage,
  { generations, rounds, say, ...window }: Plan,
): Promise<Rounds> {
  const samples: Rounds = Object.fromEntries(CONTENDERS.map(({ name }) => [name, []]))
  for (let generation = 1; generation <= generations; generation++) {
    say(`servers, start ${generation} of ${generations}`)
    const caller = startChild<LoadQuestions>('load.ts')
    const pairs = CONTENDERS.map((contender) => ({
      contender,
      server: startChild<ServerQuestions>('serve.ts', [contender.server ?? contender.name, stage.folder]),
    }))
    try {
      for (const { contender, server } of pairs) {
        say(`warming up: ${contender.label}`)
        await takeSample({ contender, server, caller, stage }, { requests: window.warmUp })
      }
      for (let round = 1; round <= rounds; round++) {
        for (const { contender, server } of round % 2 ? pairs : pairs.toReversed()) {
          say(`start ${generation} of ${generations}, round ${round} of ${rounds}: ${contender.label}`)
          const sample = await takeSample(
            { contender, server, caller, stage },
            { milliseconds: window.windowMs },
          )
          samples[contender.name]?.push(sample)
        }
      }
    } finally {
      await Promise.all([caller, ...pairs.map(({ server }) => server)].map((child) => child.stop()))
    }
  }
  return samples
}

type Players = {
  contender: Contender
  server: Child<ServerQuestions>
  caller: Child<LoadQuestions>
  stage: Stage
}

/** Connections are opened before the account is taken: what is measured is a request, not a handshake. */
async function takeSample({ contender, server, caller, stage }: Players, length: Length): Promise<Sample> {
  await caller.ask('open', targetOf(contender, stage, await server.ask('port')))
  const before = await server.ask('account')
  const burst = await caller.ask('run', length)
  const after = await server.ask('account')
  await caller.ask('close')
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

/** A new token for each window, and the same one for all its requests. */
function targetOf({ sends }: Contender, stage: Stage, port: number): Target {
  const headers = {
    nothing: () => ({}),
    certificate: () => ({}),
    'x-token': () => ({ 'x-token': stage.newToken() }),
    bearer: () => ({ authorization: `Bearer ${stage.newToken()}` }),
    'api-key': () => ({ 'x-api-key': stage.apiKey }),
  }[sends]()
  const client = sends === 'certificate' ? { client: stage.client } : {}
  return { port, ca: stage.ca, headers, connections: CONNECTIONS, ...client }
}
