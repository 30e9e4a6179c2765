import { setTimeout } from 'node:timers/promises'
import { judge } from './outcome.ts'
import { report } from './report.ts'
import { startSystem } from './system.ts'

// The rotation drill: both applications call the API, and meanwhile an operator rotates and retires their keys, restarts
// every API process and revokes an application. The exit status says whether anything came to harm.

/** Seconds. Short, so that the last token of an old key dies soon. */
const LIFETIME = 10
/** Milliseconds of load before the operator begins, and after the revocation. */
const BEFORE = 8000
const AFTER = 3000

await using stack = new AsyncDisposableStack()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => stack.disposeAsync().finally(() => process.exit(1)))

const { api, balancer, operator, startLoad, publicKey, readBooks } = await startSystem(stack, {
  lifetime: LIFETIME,
  say,
})
const loads = [
  startLoad('app-one', { reads: ['/users?limit=20', '/users/u-007', '/whoami'], orders: 0 }),
  startLoad('app-two', { reads: ['/users?limit=20', '/orders?limit=20'], orders: 2 }),
]
say(`app-one and app-two call it, with tokens of ${LIFETIME} s`)
await setTimeout(BEFORE)

const workBegan = Date.now()
await Promise.all([operator.keys('rotate', 'app-one'), operator.keys('rotate', 'app-two')])
say('rotated both keys')

const prudence = ['--lifetime', String(LIFETIME), ...api.metrics.flatMap((url) => ['--metrics', url])]
await Promise.all([operator.retire('app-one', ...prudence), operator.retire('app-two', ...prudence)])
say('retired both old keys')

const exitCodes = await api.restartInTurn(balancer)
say('restarted each API process')

const goneAt = await operator.revoke('app-one', publicKey('app-one'))
say('revoked app-one')
await setTimeout(AFTER)

const sent = (await Promise.all(loads.map((load) => load.stop()))).flat()
const outcome = judge(sent, await readBooks(), { workBegan, goneAt, revoked: 'app-one', exitCodes })
console.log(`\n${report(outcome)}`)
process.exitCode = outcome.faults.length === 0 ? 0 : 1

/** Prints what was done, and how many seconds after the start. */
function say(text: string): void {
  console.log(`${(performance.now() / 1000).toFixed(1).padStart(5)} s  ${text}`)
}
