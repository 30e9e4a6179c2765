import type { Server } from 'node:http'

/**
 * Cuts off a client that goes on sending a body `linger` milliseconds after its answer, which Node would throw away for
 * as long as a request may take. Cut at once, the client might lose the answer with the connection (RFC 9112 §9.6).
 */
export function cutUnreadBodies(server: Server, { linger }: { linger: number }): void {
  server.on('request', (req, res) => {
    res.once('finish', () => {
      if (!req.complete) setTimeout(() => req.complete || req.socket.destroy(), linger).unref()
    })
  })
}
