import { startChild } from './child.ts'
import type { LoadQuestions } from './load.ts'
import type { ServerQuestions } from './serve.ts'
import type { Stage } from './stage.ts'
import { type Figure, figureOf, ratioOf } from './statistics.ts'

/** Requests a second. */
export const HONEST_RATE = 500
export const FORGED_RATE = 200
/** Requests before the first round: it is calls that make code compiled. */
const WARM_UP = 5000

/** Milliseconds, and how many times the quiet p99 the other one is. */
export type HonestCaller = { quiet: Figure; underAttack: Figure; ratio: Figure }

type Plan = { rounds: number; windowMs: number; say: (text: string) => void }

/** The p99 of an honest caller of the whole API, while it is quiet and while forged tokens come, in turn. */
export async function measureHonestCaller(
  stage: Stage,
  { rounds, windowMs, say }: Plan,
): Promise<HonestCaller> {
  const server = startChild<ServerQuestions>('serve.ts', ['api', stage.folder])
  const honest = startChild<LoadQuestions>('load.ts')
  const forger = startChild<LoadQuestions>('load.ts')
  const calm = { milliseconds: windowMs, rate: HONEST_RATE }
  const quiet: number[] = []
  const underAttack: number[] = []
  try {
    const target = { port: await server.ask('port'), ca: stage.ca, connections: 4 }
    await honest.ask('open', { ...target, headers: { 'x-token': stage.newToken() } })
    await forger.ask('open', { ...target, headers: { 'x-token': forge(stage.newToken()) } }, 401)
    await honest.ask('run', { requests: WARM_UP })
    await forger.ask('run', { requests: WARM_UP })
    for (let round = 1; round <= rounds; round++) {
      say(`forged tokens: round ${round} of ${rounds}`)
      quiet.push((await honest.ask('run', calm)).p99)
      const attack = forger.ask('run', { milliseconds: windowMs, rate: FORGED_RATE })
      underAttack.push((await honest.ask('run', calm)).p99)
      await attack
    }
  } finally {
    await Promise.all([server.stop(), honest.stop(), forger.stop()])
  }
  return {
    quiet: figureOf(quiet),
    underAttack: figureOf(underAttack),
    ratio: ratioOf(underAttack, quiet),
  }
}

/** Everything is as it should be but the signature, so that only RSA finds out. */
export function forge(token: string): string {
  const [header, claims] = token.split('.')
  return `${header}.${claims}.${Buffer.alloc(384, 1).toString('base64url')}`
}
