import { setTimeout } from 'node:timers/promises'
import { judge, report } from './outcome.ts'
import { startDrill } from './system.ts'

// The rotation drill: both applications call the API, and meanwhile an operator rotates and retires their keys, restarts
// every API process and revokes an application. The exit status is 1 if a request was harmed.

/** Seconds. It is short, so that the last token of an old key expires soon. */
const LIFETIME = 10
/** Milliseconds of load before the operator begins, and after the revocation. */
const BEFORE = 8000
const AFTER = 3000

await using stack = new AsyncDisposableStack()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => stack.disposeAsync().finally(() => process.exit(1)))

const drill = await startDrill(stack, { lifetime: LIFETIME, say })
const applications = [
  drill.startApplication('app-one', { reads: ['/users?limit=20', '/users/u-007', '/whoami'], orders: 0 }),
  drill.startApplication('app-two', { reads: ['/users?limit=20', '/orders?limit=20'], orders: 2 }),
]
say(`app-one and app-two call it, with tokens of ${LIFETIME} s`)
await setTimeout(BEFORE)

const workBegan = Date.now()
await Promise.all([drill.keys('rotate', 'app-one'), drill.keys('rotate', 'app-two')])
say('rotated both keys')

await Promise.all([drill.retire('app-one'), drill.retire('app-two')])
say('retired both old keys')

const exitCodes = await drill.restartApi()
say('restarted each API process')

const goneAt = await drill.revoke('app-one')
say('revoked app-one')
await setTimeout(AFTER)

const requests = (await Promise.all(applications.map((application) => application.stop()))).flat()
const events = { workBegan, goneAt, revoked: 'app-one', exitCodes }
const outcome = judge(requests, await drill.readOrders(), events)
console.log(`\n${report(outcome)}`)
process.exitCode = outcome.faults.length === 0 ? 0 : 1

/** Prints a text, and how many seconds after the start it was printed. */
function say(text: string): void {
  console.log(`${(performance.now() / 1000).toFixed(1).padStart(5)} s  ${text}`)
}
