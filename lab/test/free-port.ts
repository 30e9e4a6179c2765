import { once } from 'node:events'
import { createServer } from 'node:net'

/** A port that nobody listens on, below those that Linux gives to outgoing connections. */
export async function freePort(): Promise<number> {
  const port = 20_000 + Math.floor(Math.random() * 12_000)
  const server = createServer()
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening')
    return port
  } catch {
    return freePort()
  } finally {
    server.close()
  }
}
