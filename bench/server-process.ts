import { once } from 'node:events'
import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { performance } from 'node:perf_hooks'
import { handleCalls } from './child.ts'
import { openFixture } from './fixture.ts'

// The process of one server: `node server-process.ts FILE FOLDER NAME` runs `servers/FILE.ts` with the fixture in
// FOLDER, and reports how much CPU time it has used.
const [file = '', folder = '', name = file] = process.argv.slice(2)
const { serve } = await import(`./servers/${file}.ts`)
const server: Server = await serve(openFixture(folder), name)
let handshakes = 0
// Its connections stay open while the other servers have their turn.
server.keepAliveTimeout = 0
server.on('secureConnection', () => handshakes++)
server.listen(0, '127.0.0.1')
const listening = once(server, 'listening')

const methods = {
  port: async () => {
    await listening
    return (server.address() as AddressInfo).port
  },
  usage: (): Usage => {
    const { user, system } = process.cpuUsage()
    return { cpu: user + system, milliseconds: performance.now(), handshakes }
  },
}
handleCalls(methods)

/** Since the start of the process: CPU microseconds of all its threads, time, and number of TLS handshakes. */
type Usage = { cpu: number; milliseconds: number; handshakes: number }
export type ServerMethods = typeof methods
