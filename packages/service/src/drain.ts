import type { Server, ServerResponse } from 'node:http'

/**
 * Watches the requests of a server, so that it can be stopped gracefully: `drain(limit)` accepts no more connections,
 * closes the idle ones, and lets the requests that are under way finish. What is left after `limit` milliseconds is cut.
 */
export function watchRequests(server: Server): { drain(limit: number): Promise<void> } {
  const open = new Set<ServerResponse>()
  const { promise: drained, resolve: finish } = Promise.withResolvers<void>()
  let draining = false

  server.on('request', (_req, res) => {
    open.add(res)
    res.once('close', () => {
      open.delete(res)
      if (draining && open.size === 0) finish()
    })
  })

  return {
    async drain(limit) {
      draining = true
      server.close()
      for (const res of open) endConnection(res)
      if (open.size === 0) finish()
      const timer = setTimeout(finish, limit)
      await drained
      clearTimeout(timer)
      server.closeAllConnections()
    },
  }
}

/** Tells a client not to send its next request here (RFC 9112 §9.6). */
function endConnection(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader('Connection', 'close')
}
