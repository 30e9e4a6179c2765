import { createServer } from 'node:https'
import express from 'express'
import { ANSWER } from '../answer.ts'
import type { Stage } from '../stage.ts'

/** What a middleware costs that does nothing. */
export function serve({ tls }: Stage) {
  const app = express()
  app.use((_req, _res, next) => next())
  app.get('/whoami', (_req, res) => res.json(ANSWER))
  return createServer(tls, app)
}
