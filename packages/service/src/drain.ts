import { once } from 'node:events'
import type { Server, ServerResponse } from 'node:http'
import { Server as NetServer } from 'node:net'

/**
 * Watches the requests of a server, so that it can be stopped gracefully: `drain(limit)` accepts no more connections,
 * answers what still comes on the open ones and asks their clients to close them. What is left after `limit`
 * milliseconds is cut.
 */
export function watchRequests(server: Server): { drain(limit: number): Promise<void> } {
  const open = new Set<ServerResponse>()
  let draining = false

  // Before the app, which may have answered when the next listener hears of it.
  server.prependListener('request', (_req, res) => {
    open.add(res)
    res.once('close', () => open.delete(res))
    if (draining) endConnection(res)
  })

  return {
    async drain(limit) {
      draining = true
      // Not http's own `close`, which cuts idle connections: a request may be on its way on one of them. They end by
      // themselves, when their time between two requests is over.
      NetServer.prototype.close.call(server)
      for (const res of open) endConnection(res)
      const timer = setTimeout(() => server.closeAllConnections(), limit)
      await once(server, 'close')
      clearTimeout(timer)
    },
  }
}

/** Tells a client not to send its next request here (RFC 9112 §9.6). */
function endConnection(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader('Connection', 'close')
}
