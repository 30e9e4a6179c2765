import { createServer } from 'node:https'
import express from 'express'
import { auth } from 'express-oauth2-jwt-bearer'
import { ANSWER } from '../answer.ts'
import { APPLICATION, AUDIENCE, type Stage } from '../stage.ts'

/** express-oauth2-jwt-bearer at its best: with the public key at hand, it fetches no key set. */
export function serve({ tls, publicPem }: Stage) {
  const app = express()
  app.use(
    auth({
      issuer: APPLICATION.appId,
      audience: AUDIENCE,
      publicKey: publicPem,
      tokenSigningAlg: 'RS512',
    }),
  )
  app.get('/whoami', (_req, res) => res.json(ANSWER))
  return createServer(tls, app)
}
