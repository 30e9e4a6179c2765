import { once } from 'node:events'
import { get } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { KeyRing, VerifyToken } from '@signet/auth'
import { createReadiness } from '@signet/service'
import express from 'express'
import { Counter, Registry } from 'prom-client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { recordLog, startApi } from '../../test/api.ts'
import { createMetrics, measureKeys, serveMetrics } from './metrics.ts'

const noKeys: KeyRing = { keysOf: () => [] }

describe('the metrics', () => {
  it('count requests by application, route and status, and refusals by code', async () => {
    const metrics = createMetrics()
    const { call } = await startApi({ metrics })

    await call('/users', { as: 'users-reader' })
    await call('/users/u-001', { as: 'users-reader' })
    await call('/users/u-002', { as: 'users-reader' })
    await call('/orders', { as: 'users-reader' })
    await call('/users', { token: 'nonsense' })

    const text = await metrics.registry.metrics()
    expect(text).toContain(
      'signet_requests_total{application="users-reader",method="GET",route="/users",status="200"} 1',
    )
    expect(text).toContain(
      'signet_requests_total{application="users-reader",method="GET",route="/users/:id",status="200"} 2',
    )
    expect(text).toContain('signet_requests_total{application="",method="GET",route="",status="401"} 1')
    expect(text).toContain('signet_refusals_total{application="users-reader",code="permission_denied"} 1')
    expect(text).toContain('signet_refusals_total{application="",code="token_malformed"} 1')
  })

  it('count refusals by a rate limit', async () => {
    const metrics = createMetrics()
    const { call } = await startApi({ metrics, rateLimit: 1 })

    await call('/whoami')
    await call('/whoami')

    expect(await metrics.registry.metrics()).toContain(
      'signet_refusals_total{application="all",code="rate_limited"} 1',
    )
  })

  it('distinguish first, remembered and refused verifications, and have the dates of a key', async () => {
    const metrics = createMetrics()
    const created = '2026-01-31T12:00:00Z'
    const { call, clock, callers } = await startApi({ metrics, keysCreated: created })
    const token = callers.sign('all', { now: clock.now })

    await call('/whoami', { token })
    await call('/whoami', { token })
    await call('/whoami', { token: 'nonsense' })

    const text = await metrics.registry.metrics()
    const labels = `application="all",key_id="${callers.keyId}"`
    expect(text).toContain('signet_verification_seconds_count{outcome="verified"} 1')
    expect(text).toContain('signet_verification_seconds_count{outcome="remembered"} 1')
    expect(text).toContain('signet_verification_seconds_count{outcome="refused"} 1')
    expect(text).toContain(`signet_key_created_timestamp_seconds{${labels}} ${Date.parse(created) / 1000}`)
    expect(text).toMatch(`signet_key_last_used_timestamp_seconds{${labels}}`)
  })

  it('drop the age of a key that has left the ring', async () => {
    const { registry } = createMetrics()
    registry.clear()
    const caller = { appId: 'a', name: 'all', permissions: [], keyId: 'k' }
    const verifyToken: VerifyToken = () => ({
      caller,
      claims: { appId: 'a', iat: 1, exp: 2 },
      remembered: false,
    })
    measureKeys({ registry, now: () => 5000 }).observe(verifyToken, noKeys)('any')

    const text = await registry.metrics()

    expect(text).toContain('signet_key_last_used_timestamp_seconds{application="all",key_id="k"} 5')
    expect(text).not.toContain('signet_key_created_timestamp_seconds{')
  })

  it('report whether requests can be served', async () => {
    const metrics = createMetrics()
    const readiness = createReadiness({ checks: {}, log: recordLog().log })
    metrics.watch(readiness)
    expect(await metrics.registry.metrics()).toContain('signet_ready 1')

    readiness.drain()

    expect(await metrics.registry.metrics()).toContain('signet_ready 0')
  })

  it('report whether the application registry can be used', async () => {
    const metrics = createMetrics()
    let fault: Error | undefined
    metrics.watchRegistry({ fault: () => fault })
    expect(await metrics.registry.metrics()).toContain('signet_registry_valid 1')

    fault = new Error('is not JSON')

    expect(await metrics.registry.metrics()).toContain('signet_registry_valid 0')
  })

  it('count files that cannot be used', async () => {
    const metrics = createMetrics()

    metrics.countFault()

    expect(await metrics.registry.metrics()).toContain('signet_file_faults_total 1')
  })

  it('count a request whose answer the caller cut off as 499', async () => {
    const metrics = createMetrics()
    const app = express().use(metrics.countRequests)
    const begun = Promise.withResolvers<void>()
    app.get('/endless', (_req, res) => {
      res.write('begun')
      res.once('close', begun.resolve)
    })
    const server = app.listen(0)
    onTestFinished(() => void server.close())
    await once(server, 'listening')

    const caller = get({ port: (server.address() as AddressInfo).port, path: '/endless' })
    await once(caller, 'response')
    caller.on('error', () => {}).destroy()
    await begun.promise

    expect(await metrics.registry.metrics()).toContain('route="/endless",status="499"} 1')
  })

  it('count log lines that could not be written', async () => {
    const metrics = createMetrics()
    metrics.countLostLines(1)
    metrics.countLostLines(2)

    expect(await metrics.registry.metrics()).toContain('signet_log_lines_lost_total 3')
  })
})

it('serves /metrics and nothing else, on a separate port', async () => {
  const registry = new Registry()
  new Counter({ name: 'seen_total', help: 'seen', registers: [registry] }).inc()
  const { port, close } = await serveMetrics(registry, { host: '127.0.0.1', port: 0, log: recordLog().log })
  const get = (path: string, init = {}) => fetch(`http://127.0.0.1:${port}${path}`, init)

  const metrics = await get('/metrics')
  const elsewhere = await get('/users')
  const posted = await get('/metrics', { method: 'POST' })

  expect(metrics.headers.get('content-type')).toContain('text/plain')
  expect(await metrics.text()).toContain('seen_total 1')
  for (const { headers } of [metrics, elsewhere, posted])
    expect([headers.get('x-content-type-options'), headers.get('x-powered-by')]).toEqual(['nosniff', null])
  expect(elsewhere.status).toBe(404)
  expect(posted.status).toBe(405)
  close()
  await expect(get('/metrics')).rejects.toThrow()
})

it('names the variable of a port that is in use', async () => {
  const { log } = recordLog()
  const { port, close } = await serveMetrics(new Registry(), { host: '127.0.0.1', port: 0, log })

  const second = serveMetrics(new Registry(), { host: '127.0.0.1', port, log })

  await expect(second).rejects.toThrow(`METRICS_PORT ${port} is in use`)
  close()
})
