import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { join } from 'node:path'
import express from 'express'
import jwt, { type JwtPayload } from 'jsonwebtoken'
import { type Fixture, RESPONSE } from '../fixture.ts'

/** The idea of this repository in its smallest form: each request reads the key file and verifies the signature. */
export function serve({ tls, publicKeys }: Fixture) {
  const app = express()
  app.use((req, res, next) => {
    try {
      const token = req.get('x-token') ?? ''
      const { appId } = jwt.decode(token) as JwtPayload
      const publicKey = readFileSync(join(publicKeys, `${appId}_public.pem`))
      jwt.verify(token, publicKey, { algorithms: ['RS512'] })
      next()
    } catch {
      res.sendStatus(401)
    }
  })
  app.get('/whoami', (_req, res) => res.json(RESPONSE))
  return createServer(tls, app)
}
