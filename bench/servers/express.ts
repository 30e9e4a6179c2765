import { createServer } from 'node:https'
import express from 'express'
import { type Fixture, RESPONSE } from '../fixture.ts'

/** Express with its defaults and without authentication; as `express-no-op`, with a middleware that does nothing. */
export function serve({ tls }: Fixture, name: string) {
  const app = express()
  if (name === 'express-no-op') app.use((_req, _res, next) => next())
  app.get('/whoami', (_req, res) => res.json(RESPONSE))
  return createServer(tls, app)
}
