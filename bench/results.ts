import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os'
import type { Fixture } from './fixture.ts'
import { type ApplicationFigures, measureApplications } from './many-applications.ts'
import type { Figure } from './measure.ts'
import { type Blocks, runBlocks } from './servers.ts'
import { measureStartUp } from './start-up.ts'
import { countSignatures, measureRefusals, measureSigning, measureVerification } from './tokens.ts'
import {
  countHandshakes,
  type Handshakes,
  type LatencyUnderAttack,
  measureLatencyUnderAttack,
} from './under-load.ts'

export type Results = {
  quick: boolean
  machine: ReturnType<typeof describeMachine>
  blocks: Blocks
  /** CPU microseconds for each call. */
  verification: Awaited<ReturnType<typeof measureVerification>>
  signing: Awaited<ReturnType<typeof measureSigning>>
  refusals: Awaited<ReturnType<typeof measureRefusals>>
  /** RSA signatures for 10,000 calls of the token source. */
  signatures: number
  applications: ApplicationFigures
  latencyUnderAttack: LatencyUnderAttack
  handshakes: Handshakes
  /** Milliseconds; undefined if another program uses one of the ports. */
  startUp: Figure | undefined
}

/** Windows in milliseconds. */
const FULL = {
  servers: { generations: 4, blocks: 8, rounds: 12, windowMs: 50, warmUp: 20_000 },
  calls: { rounds: 15, windowMs: 100 },
  applications: { repeats: 5, active: 2000 },
  latencyUnderAttack: { rounds: 7, windowMs: 4000 },
  requests: 10_000,
  starts: 5,
}
const QUICK = {
  servers: { generations: 1, blocks: 3, rounds: 3, windowMs: 30, warmUp: 5000 },
  calls: { rounds: 5, windowMs: 10 },
  applications: { repeats: 1, active: 300 },
  latencyUnderAttack: { rounds: 3, windowMs: 400 },
  requests: 400,
  starts: 1,
}

type Options = { quick: boolean; progress: (text: string) => void }

/** Runs all measurements of the bench. */
export async function measureAll(fixture: Fixture, { quick, progress }: Options): Promise<Results> {
  const plan = quick ? QUICK : FULL
  const machine = describeMachine()
  const startUp = await measureStartUp(plan.starts, progress)
  const blocks = await runBlocks(fixture, { ...plan.servers, progress })
  progress('verification')
  const verification = await measureVerification(fixture, plan.calls)
  progress('signing')
  const signing = await measureSigning(fixture, plan.calls)
  const signatures = await countSignatures(fixture)
  progress('refusals')
  const refusals = await measureRefusals(fixture, plan.calls)
  progress('applications, one to 100,000')
  const applications = await measureApplications(fixture, plan.applications, plan.calls)
  const latencyUnderAttack = await measureLatencyUnderAttack(fixture, {
    ...plan.latencyUnderAttack,
    progress,
  })
  progress('handshakes')
  const handshakes = await countHandshakes(fixture, plan.requests)
  const tokens = { verification, signing, refusals, signatures }
  return { quick, machine, blocks, ...tokens, applications, latencyUnderAttack, handshakes, startUp }
}

const PEERS = [
  'express',
  'jsonwebtoken',
  'express-oauth2-jwt-bearer',
  'passport-jwt',
  'fastify',
  '@fastify/jwt',
  'fast-jwt',
  'jose',
]

/** The machine and the packages. `load`: the load average of the last minute, before the bench began. */
function describeMachine() {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${type()} ${release()}`,
    node: process.versions.node,
    openssl: process.versions.openssl,
    load: loadavg()[0] ?? 0,
    date: new Date().toISOString().slice(0, 10),
    packages: Object.fromEntries(PEERS.map((name) => [name, versionOf(name)])),
  }
}

/** Some packages do not allow an import of their `package.json`, so this reads the file where Node finds the package. */
function versionOf(name: string): string {
  const { paths } = createRequire(import.meta.url).resolve
  for (const folder of paths(name) ?? []) {
    try {
      return JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')).version
    } catch {}
  }
  return 'unknown'
}
