import { createServer } from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import express from 'express'
import { type Fixture, RESPONSE } from '../fixture.ts'

/** Mutual TLS: the client certificate identifies the caller, so it is read once for each connection. */
export function serve({ tls, ca }: Fixture) {
  const callers = new WeakMap<Socket, string>()
  const app = express()
  app.use((req, res, next) => {
    if (callers.has(req.socket)) next()
    else res.sendStatus(401)
  })
  app.get('/whoami', (_req, res) => res.json(RESPONSE))
  const server = createServer({ ...tls, ca, requestCert: true }, app)
  return server.on('secureConnection', (socket: TLSSocket) => {
    callers.set(socket, String(socket.getPeerCertificate().subject.CN))
  })
}
