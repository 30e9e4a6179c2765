import { createServer } from 'node:https'
import express from 'express'
import { ANSWER } from '../answer.ts'
import type { Stage } from '../stage.ts'

/** Express as it comes, without authentication. */
export function serve({ tls }: Stage) {
  const app = express()
  app.get('/whoami', (_req, res) => res.json(ANSWER))
  return createServer(tls, app)
}
