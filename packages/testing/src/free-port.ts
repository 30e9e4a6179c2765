import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below 32768, from where Linux takes the ports of outgoing connections: those may take a port that is free for now. */
const FIRST = 20_000
const LAST = 31_999
/** How many ports a process may take before it begins again with its first. */
const BLOCK = 60

let taken = 0

/**
 * The first of `count` ports in a row that nobody listens on. Each process takes ports from a block that its process ID
 * chooses, and each port once: so two tests that run at once do not get the same port.
 */
export async function freePort({ count = 1 } = {}): Promise<number> {
  const blocks = Math.floor((LAST - FIRST + 1) / BLOCK)
  for (;;) {
    if ((taken % BLOCK) + count > BLOCK) taken += BLOCK - (taken % BLOCK)
    const port = FIRST + (process.pid % blocks) * BLOCK + (taken % BLOCK)
    taken += count
    const ports = Array.from({ length: count }, (_, at) => port + at)
    const free = await Promise.all(ports.map(isFree))
    if (free.every(Boolean)) return port
  }
}

/** On all addresses, as IPv6 where the machine has it: `localhost` may be either. */
async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(port), 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
