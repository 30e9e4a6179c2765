import { hash, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:https'
import express from 'express'
import { type Fixture, RESPONSE } from '../fixture.ts'

/** An API key: a shared secret. The digests are compared in constant time. */
export function serve({ tls, apiKey }: Fixture) {
  const expected = hash('sha256', apiKey, 'buffer')
  const app = express()
  app.use((req, res, next) => {
    const received = hash('sha256', req.get('x-api-key') ?? '', 'buffer')
    if (timingSafeEqual(received, expected)) next()
    else res.sendStatus(401)
  })
  app.get('/whoami', (_req, res) => res.json(RESPONSE))
  return createServer(tls, app)
}
