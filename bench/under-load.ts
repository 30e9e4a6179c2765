import { openApi } from '../apps/app-one/src/api.ts'
import { openTokenSource } from '../packages/auth/src/index.ts'
import { startChild } from './child.ts'
import type { Fixture } from './fixture.ts'
import type { LoadMethods } from './load-process.ts'
import { type Figure, figureOf, ratioOf } from './measure.ts'
import type { ServerMethods } from './server-process.ts'

/** Requests a second. */
const VALID_RATE = 500
export const FORGED_RATE = 200
/** Requests before the first round, since code is compiled after a number of calls. */
const WARM_UP = 5000
/** How many requests of app-one are open at the same time. */
const PARALLEL = 20

/** The p99 of a caller with a valid token: in milliseconds, and the p99 under attack divided by the quiet one. */
export type LatencyUnderAttack = { quiet: Figure; underAttack: Figure; ratio: Figure }

type Plan = { rounds: number; windowMs: number; progress: (text: string) => void }

/** Measures the p99 of a caller of the whole API, in turn without other traffic and while forged tokens arrive. */
export async function measureLatencyUnderAttack(
  fixture: Fixture,
  { rounds, windowMs, progress }: Plan,
): Promise<LatencyUnderAttack> {
  const server = startChild<ServerMethods>('server-process.ts', ['api', fixture.folder])
  const caller = startChild<LoadMethods>('load-process.ts')
  const attacker = startChild<LoadMethods>('load-process.ts')
  const steady = { milliseconds: windowMs, rate: VALID_RATE }
  const quiet: number[] = []
  const underAttack: number[] = []
  try {
    const destination = { port: await server.call('port'), ca: fixture.ca, connections: 4 }
    await caller.call('open', 'api', { ...destination, headers: { 'x-token': fixture.newToken() } })
    await attacker.call(
      'open',
      'api',
      { ...destination, headers: { 'x-token': forge(fixture.newToken()) } },
      401,
    )
    await caller.call('run', 'api', { requests: WARM_UP })
    await attacker.call('run', 'api', { requests: WARM_UP })
    for (let round = 1; round <= rounds; round++) {
      progress(`forged tokens: round ${round} of ${rounds}`)
      quiet.push((await caller.call('run', 'api', steady)).p99)
      const attack = attacker.call('run', 'api', { milliseconds: windowMs, rate: FORGED_RATE })
      underAttack.push((await caller.call('run', 'api', steady)).p99)
      await attack
    }
  } finally {
    await Promise.all([server.stop(), caller.stop(), attacker.stop()])
  }
  return {
    quiet: figureOf(quiet),
    underAttack: figureOf(underAttack),
    ratio: ratioOf(underAttack, quiet),
  }
}

/** The token with another signature. Everything else is valid, so only the RSA verification can refuse it. */
export function forge(token: string): string {
  const [header, claims] = token.split('.')
  return `${header}.${claims}.${Buffer.alloc(384, 1).toString('base64url')}`
}

export type Handshakes = { requests: number; handshakes: number }

/** Counts the new TLS connections that app-one's own client makes to the API after a first burst of requests. */
export async function countHandshakes(fixture: Fixture, requests: number): Promise<Handshakes> {
  const server = startChild<ServerMethods>('server-process.ts', ['api', fixture.folder])
  const port = await server.call('port')
  const tokens = openTokenSource({ file: fixture.privateKeyPath, audience: `https://localhost:${port}` })
  const api = openApi({ ca: fixture.ca, tokens })
  try {
    await burst(PARALLEL * 10)
    const before = await server.call('usage')
    await burst(requests)
    const after = await server.call('usage')
    return { requests, handshakes: after.handshakes - before.handshakes }
  } finally {
    api.close()
    await server.stop()
  }

  async function burst(count: number): Promise<void> {
    let left = count
    const workers = Array.from({ length: PARALLEL }, async () => {
      while (left-- > 0) await api.listUsers({ requestId: 'bench', receipts: [] }, {})
    })
    await Promise.all(workers)
  }
}
