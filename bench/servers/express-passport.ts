import { createServer } from 'node:https'
import express from 'express'
import passport from 'passport'
import { ExtractJwt, Strategy } from 'passport-jwt'
import { ANSWER } from '../answer.ts'
import type { Stage } from '../stage.ts'

/** passport-jwt, as its documentation sets it up. */
export function serve({ tls, publicPem }: Stage) {
  const options = {
    jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
    secretOrKey: publicPem,
    algorithms: ['RS512' as const],
  }
  passport.use(new Strategy(options, (claims, done) => done(null, { appId: claims.appId })))
  const app = express()
  app.use(passport.authenticate('jwt', { session: false }))
  app.get('/whoami', (_req, res) => res.json(ANSWER))
  return createServer(tls, app)
}
