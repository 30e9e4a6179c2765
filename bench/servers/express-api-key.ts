import { hash, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:https'
import express from 'express'
import { ANSWER } from '../answer.ts'
import type { Stage } from '../stage.ts'

/** A shared secret, compared in constant time by its digest. */
export function serve({ tls, apiKey }: Stage) {
  const expected = hash('sha256', apiKey, 'buffer')
  const app = express()
  app.use((req, res, next) => {
    const given = hash('sha256', req.get('x-api-key') ?? '', 'buffer')
    if (timingSafeEqual(given, expected)) next()
    else res.sendStatus(401)
  })
  app.get('/whoami', (_req, res) => res.json(ANSWER))
  return createServer(tls, app)
}
