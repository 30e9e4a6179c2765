import { createServer } from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import express from 'express'
import { ANSWER } from '../answer.ts'
import type { Stage } from '../stage.ts'

/** Mutual TLS: the connection proves who calls, so its certificate is read once for each. */
export function serve({ tls, ca }: Stage) {
  const callers = new WeakMap<Socket, string>()
  const app = express()
  app.use((req, res, next) => {
    if (callers.has(req.socket)) next()
    else res.sendStatus(401)
  })
  app.get('/whoami', (_req, res) => res.json(ANSWER))
  const server = createServer({ ...tls, ca, requestCert: true }, app)
  return server.on('secureConnection', (socket: TLSSocket) => {
    callers.set(socket, String(socket.getPeerCertificate().subject.CN))
  })
}
