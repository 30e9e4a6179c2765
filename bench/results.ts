import { countHandshakes, type Handshakes } from './handshakes.ts'
import { type HonestCaller, measureHonestCaller } from './honest-caller.ts'
import { describeMachine, type Machine } from './machine.ts'
import { type ApplicationFigures, measureApplications } from './micro/applications.ts'
import { measureRefusals } from './micro/refusals.ts'
import { countSignatures } from './micro/renewal.ts'
import { measureSigning } from './micro/sign.ts'
import { measureVerification } from './micro/verify.ts'
import { type Rounds, runRounds } from './rounds.ts'
import type { Stage } from './stage.ts'
import { measureStartUp } from './start-up.ts'
import type { Figure } from './statistics.ts'

export type Results = {
  quick: boolean
  machine: Machine
  rounds: Rounds
  /** CPU microseconds a call. */
  verification: Awaited<ReturnType<typeof measureVerification>>
  signing: Awaited<ReturnType<typeof measureSigning>>
  refusals: Awaited<ReturnType<typeof measureRefusals>>
  /** RSA signatures for 10,000 calls of the token source. */
  signatures: number
  applications: ApplicationFigures
  honestCaller: HonestCaller
  handshakes: Handshakes
  /** Milliseconds; undefined when the ports were taken. */
  startUp: Figure | undefined
}

/** Windows in milliseconds. */
const FULL = {
  servers: { generations: 6, rounds: 8, windowMs: 300, warmUp: 20_000 },
  micro: { rounds: 15, windowMs: 100 },
  applications: { repeats: 5, active: 2000 },
  honestCaller: { rounds: 7, windowMs: 4000 },
  requests: 10_000,
  starts: 5,
}
const QUICK = {
  servers: { generations: 1, rounds: 3, windowMs: 100, warmUp: 5000 },
  micro: { rounds: 5, windowMs: 10 },
  applications: { repeats: 1, active: 300 },
  honestCaller: { rounds: 3, windowMs: 400 },
  requests: 400,
  starts: 1,
}

export async function measureAll(stage: Stage, { quick, say }: Plan): Promise<Results> {
  const plan = quick ? QUICK : FULL
  const machine = describeMachine()
  const startUp = await measureStartUp(plan.starts, say)
  const rounds = await runRounds(stage, { ...plan.servers, say })
  say('verification')
  const verification = await measureVerification(stage, plan.micro)
  say('signing')
  const signing = await measureSigning(stage, plan.micro)
  const signatures = await countSignatures(stage)
  say('refusals')
  const refusals = await measureRefusals(stage, plan.micro)
  say('applications, one to 100,000')
  const applications = await measureApplications(stage, plan.applications, plan.micro)
  const honestCaller = await measureHonestCaller(stage, { ...plan.honestCaller, say })
  say('handshakes')
  const handshakes = await countHandshakes(stage, plan.requests)
  const micro = { verification, signing, refusals, signatures, applications }
  return { quick, machine, rounds, ...micro, honestCaller, handshakes, startUp }
}

type Plan = { quick: boolean; say: (text: string) => void }
