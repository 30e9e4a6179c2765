import { createPublicKey } from 'node:crypto'
import { createServer } from 'node:https'
import express from 'express'
import jwt from 'jsonwebtoken'
import { type Fixture, RESPONSE } from '../fixture.ts'

/** jsonwebtoken in its fastest form: the key is parsed once. */
export function serve({ tls, publicPem }: Fixture) {
  const publicKey = createPublicKey(publicPem)
  const app = express()
  app.use((req, res, next) => {
    try {
      jwt.verify(req.get('x-token') ?? '', publicKey, { algorithms: ['RS512'] })
      next()
    } catch {
      res.sendStatus(401)
    }
  })
  app.get('/whoami', (_req, res) => res.json(RESPONSE))
  return createServer(tls, app)
}
