import { Counter, Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { recordLog } from '../../test/api.ts'
import { serveMetrics } from './server.ts'

it('serves /metrics and nothing else, on a port of its own', async () => {
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

it('calls a port that is in use by the variable that sets it', async () => {
  const { log } = recordLog()
  const { port, close } = await serveMetrics(new Registry(), { host: '127.0.0.1', port: 0, log })

  const second = serveMetrics(new Registry(), { host: '127.0.0.1', port, log })

  await expect(second).rejects.toThrow(`METRICS_PORT ${port} is in use`)
  close()
})
