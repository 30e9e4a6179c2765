import { once } from 'node:events'
import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { performance } from 'node:perf_hooks'
import { answerParent } from './child.ts'
import { openStage } from './stage.ts'

// A process for one server: `node serve.ts NAME STAGE` runs `servers/NAME.ts` and accounts for itself.
const [name = '', folder = ''] = process.argv.slice(2)
const { serve } = await import(`./servers/${name}.ts`)
const server: Server = await serve(openStage(folder))
let handshakes = 0
server.on('secureConnection', () => handshakes++)
server.listen(0, '127.0.0.1')
const listening = once(server, 'listening')

const questions = {
  port: async () => {
    await listening
    return (server.address() as AddressInfo).port
  },
  account: (): Account => {
    const { user, system } = process.cpuUsage()
    return { cpu: user + system, milliseconds: performance.now(), handshakes }
  },
}
answerParent(questions)

/** CPU microseconds of the whole process since its start, the time, and the TLS handshakes so far. */
export type Account = { cpu: number; milliseconds: number; handshakes: number }
export type ServerQuestions = typeof questions
