import express from 'express'
import { expect, test, vi } from 'vitest'
import { recordedLog } from '../test/recorded-log.ts'
import { serve } from '../test/serve.ts'
import { createReadiness, health, type ReadinessCheck } from './health.ts'

test('answers GET and HEAD on both routes, and forbids caching', async () => {
  const { origin } = await serveHealth()

  const alive = await fetch(`${origin}/healthz`)
  const ready = await fetch(`${origin}/readyz`)
  const head = await fetch(`${origin}/readyz`, { method: 'HEAD' })

  expect([alive.status, await alive.json()]).toEqual([200, { status: 'ok' }])
  expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }])
  expect(head.status).toBe(200)
  expect([alive, ready].map(({ headers }) => headers.get('cache-control'))).toEqual(['no-store', 'no-store'])
})

test('names the failing checks without the reason; /healthz stays 200', async () => {
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

test('passes other paths on to the app', async () => {
  const { origin } = await serveHealth()

  expect(await (await fetch(`${origin}/`)).text()).toBe('the app')
})

test('names no check if all pass', async () => {
  const { readiness } = readinessOf({ database: async () => {}, keys: () => {} })

  expect(await readiness.failing()).toEqual([])
})

test('names each failing check, whether it throws, rejects or does not answer in time', async () => {
  const { readiness } = readinessOf({
    slow: () => new Promise(() => {}),
    rejects: async () => Promise.reject(new Error('no')),
    throws: () => {
      throw new Error('no')
    },
    good: () => {},
  })

  expect(await readiness.failing()).toEqual(['rejects', 'slow', 'throws'])
})

test('runs the checks in parallel', async () => {
  const { promise: met, resolve: meet } = Promise.withResolvers<void>()
  const { readiness } = readinessOf({ waits: () => met, meets: () => meet() })

  expect(await readiness.failing()).toEqual([])
})

test('logs why a check fails and that it passes again, once for each change', async () => {
  const check = vi.fn<ReadinessCheck>().mockRejectedValueOnce(new Error('the why'))
  check.mockRejectedValueOnce(new Error('the why'))
  const { readiness, lines } = readinessOf({ database: check })

  for (let probe = 0; probe < 4; probe++) await readiness.failing()

  expect(lines).toHaveLength(2)
  const err = expect.objectContaining({ stack: expect.stringContaining('the why') })
  expect(lines[0]).toMatchObject({ level: 'error', check: 'database', err })
  expect(lines[1]).toMatchObject({ level: 'info', check: 'database', msg: 'ready again' })
})

test('shares one run among parallel probes, and starts a new one afterwards', async () => {
  const check = vi.fn<ReadinessCheck>()
  const { readiness } = readinessOf({ database: check })

  await Promise.all([readiness.failing(), readiness.failing(), readiness.failing()])
  expect(check).toHaveBeenCalledTimes(1)

  await readiness.failing()
  expect(check).toHaveBeenCalledTimes(2)
})

test('is not ready after drain, and does not run the checks', async () => {
  const check = vi.fn<ReadinessCheck>()
  const { readiness } = readinessOf({ database: check })

  readiness.drain()

  expect(await readiness.failing()).toEqual(['draining'])
  expect(check).not.toHaveBeenCalled()
})

function serveHealth(database = () => {}) {
  const { log } = recordedLog()
  const app = express()
  app.use(health({ readiness: createReadiness({ checks: { database }, log }), log }))
  app.use((_req, res) => void res.send('the app'))
  return serve(app)
}

function readinessOf(checks: Record<string, ReadinessCheck>) {
  const { log, lines } = recordedLog()
  return { readiness: createReadiness({ checks, log, limit: 50 }), lines }
}
