import { expect, test, vi } from 'vitest'
import { recordedLog } from '../test/recorded-log.ts'
import { createReadiness, type ReadinessCheck } from './readiness.ts'

test('names no check while all pass', async () => {
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

test('runs the checks side by side', async () => {
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

test('is not ready any more once it drains, without asking the checks', async () => {
  const check = vi.fn<ReadinessCheck>()
  const { readiness } = readinessOf({ database: check })

  readiness.drain()

  expect(await readiness.failing()).toEqual(['draining'])
  expect(check).not.toHaveBeenCalled()
})

function readinessOf(checks: Record<string, ReadinessCheck>) {
  const { log, lines } = recordedLog()
  return { readiness: createReadiness({ checks, log, limit: 50 }), lines }
}
