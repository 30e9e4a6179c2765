import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { join } from 'node:path'
import express from 'express'
import jwt, { type JwtPayload } from 'jsonwebtoken'
import { ANSWER } from '../answer.ts'
import type { Stage } from '../stage.ts'

/** The documented idea, word for word: the key file is read and the signature computed at every request. */
export function serve({ tls, publicKeys }: Stage) {
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
  app.get('/whoami', (_req, res) => res.json(ANSWER))
  return createServer(tls, app)
}
