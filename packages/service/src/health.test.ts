import express from 'express'
import { expect, test } from 'vitest'
import { recordedLog } from '../test/recorded-log.ts'
import { serve } from '../test/serve.ts'
import { health } from './health.ts'
import { createReadiness } from './readiness.ts'

test('says that it is alive and ready, to GET and HEAD, and lets nobody keep the answer', async () => {
  const { origin } = await serveHealth()

  const alive = await fetch(`${origin}/healthz`)
  const ready = await fetch(`${origin}/readyz`)
  const head = await fetch(`${origin}/readyz`, { method: 'HEAD' })

  expect([alive.status, await alive.json()]).toEqual([200, { status: 'ok' }])
  expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }])
  expect(head.status).toBe(200)
  expect([alive, ready].map(({ headers }) => headers.get('cache-control'))).toEqual(['no-store', 'no-store'])
})

test('names the checks that fail, never why, and stays alive', async () => {
  const { origin } = await serveHealth(() => {
    throw new Error('password authentication failed')
  })

  const ready = await fetch(`${origin}/readyz`)
  const alive = await fetch(`${origin}/healthz`)

  expect(ready.status).toBe(503)
  expect(ready.headers.get('retry-after')).toBe('1')
  const body = await ready.text()
  expect(JSON.parse(body)).toMatchObject({ code: 'unavailable', checks: ['database'] })
  expect(body).not.toContain('password')
  expect(alive.status).toBe(200)
})

test.each(['/healthz', '/readyz'])('refuses other methods on %s with 405', async (path) => {
  const { origin } = await serveHealth()

  const answer = await fetch(origin + path, { method: 'POST' })

  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
})

test('leaves other paths to the app', async () => {
  const { origin } = await serveHealth()

  expect(await (await fetch(`${origin}/`)).text()).toBe('the app')
})

function serveHealth(database = () => {}) {
  const { log } = recordedLog()
  const app = express()
  app.use(health({ readiness: createReadiness({ checks: { database }, log }), log }))
  app.use((_req, res) => void res.send('the app'))
  return serve(app)
}
