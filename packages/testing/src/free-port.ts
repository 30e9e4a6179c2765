import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below 32768, where the ports begin that Linux gives to outgoing connections: those could take a port that is free now. */
const FIRST = 20_000
const LAST = 31_999
/** How many ports a process takes before it begins again with its first one. */
const BLOCK = 60

let taken = 0

/**
 * The first of `count` consecutive ports that are free. Each process takes its ports from a block that its process ID
 * selects, and each port only once. So two tests that run at the same time do not get the same port.
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

/** On all addresses, of IPv6 too if the machine has it: `localhost` may be either. */
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
