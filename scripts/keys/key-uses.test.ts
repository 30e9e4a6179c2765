import { expect, onTestFinished, test, vi } from 'vitest'
import { readKeyUses } from './key-uses.ts'

test.each([
  ['https://localhost:9/metrics', 'Unset NODE_TLS_REJECT_UNAUTHORIZED.'],
  ['http://localhost:9/metrics', 'cannot be read'],
])('where any certificate would do, %s is refused: %s', async (url, message) => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
  onTestFinished(() => void vi.unstubAllEnvs())

  await expect(async () => readKeyUses([url])).rejects.toThrow(message)
})

test('https is read where certificates are checked', async () => {
  await expect(async () => readKeyUses(['https://localhost:9/metrics'])).rejects.toThrow('cannot be read')
})
