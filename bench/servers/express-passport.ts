import { createServer } from 'node:https'
import express from 'express'
import passport from 'passport'
import { ExtractJwt, Strategy } from 'passport-jwt'
import { type Fixture, RESPONSE } from '../fixture.ts'

/** passport-jwt, set up as in its documentation. */
export function serve({ tls, publicPem }: Fixture) {
  const options = {
    jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
    secretOrKey: publicPem,
    algorithms: ['RS512' as const],
  }
  passport.use(new Strategy(options, (claims, done) => done(null, { appId: claims.appId })))
  const app = express()
  app.use(passport.authenticate('jwt', { session: false }))
  app.get('/whoami', (_req, res) => res.json(RESPONSE))
  return createServer(tls, app)
}
