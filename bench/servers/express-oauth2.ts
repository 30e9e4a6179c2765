import { createServer } from 'node:https'
import express from 'express'
import { auth } from 'express-oauth2-jwt-bearer'
import { APPLICATION, AUDIENCE, type Fixture, RESPONSE } from '../fixture.ts'

/** express-oauth2-jwt-bearer in its fastest form: it gets the public key as an option, so it fetches no key set. */
export function serve({ tls, publicPem }: Fixture) {
  const app = express()
  app.use(
    auth({
      issuer: APPLICATION.appId,
      audience: AUDIENCE,
      publicKey: publicPem,
      tokenSigningAlg: 'RS512',
    }),
  )
  app.get('/whoami', (_req, res) => res.json(RESPONSE))
  return createServer(tls, app)
}
