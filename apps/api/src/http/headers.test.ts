import { expect, test } from 'vitest'
import { startApi } from '../../test/api.ts'

const { call } = await startApi()
const answers = {
  'an open route': await call('/healthz', { as: null }),
  'the description': await call('/openapi.json', { as: null }),
  'an answer': await call('/users'),
  'a refusal': await call('/users', { as: null }),
  'a missing page': await call('/nothing'),
}

test.each(Object.entries(answers))('%s has the security headers for browsers', (_, { headers }) => {
  expect(headers['content-security-policy']).toBe("default-src 'none';frame-ancestors 'none'")
  expect(headers['x-content-type-options']).toBe('nosniff')
  expect(headers['referrer-policy']).toBe('no-referrer')
})

test.each(Object.entries(answers))(
  '%s does not name its software, and does not force other ports to HTTPS',
  (_, { headers }) => {
    for (const name of ['x-powered-by', 'server', 'etag', 'strict-transport-security', 'set-cookie'])
      expect(headers).not.toHaveProperty(name)
    expect(headers['content-security-policy']).not.toContain('upgrade-insecure-requests')
  },
)

test.each(Object.entries(answers))('%s says how long it took', (_, { headers }) => {
  expect(headers['server-timing']).toMatch(/^api;dur=\d+\.\d$/)
})

test('an answer names its caller and is not cached', () => {
  for (const { headers } of [answers['an answer'], answers['a missing page']])
    expect(headers).toMatchObject({ 'x-caller': 'all', 'cache-control': 'no-store' })
})

test('a refusal names no caller and is not cached', () => {
  expect(answers['a refusal'].headers).not.toHaveProperty('x-caller')
  expect(answers['a refusal'].headers['cache-control']).toBe('no-store')
})

test('a valid request ID is kept, and another one is replaced', async () => {
  for (const [sent, kept] of [
    ['Abc_1-'.padEnd(64, 'x'), true],
    ['x'.repeat(65), false],
    ['a b', false],
    ['', false],
  ] as const) {
    const { body, headers } = await call('/nothing', { headers: { 'x-request-id': sent } })
    expect(body.requestId).toBe(headers['x-request-id'])
    if (kept) expect(body.requestId).toBe(sent)
    else expect(body.requestId).toMatch(/^[0-9a-f-]{36}$/)
  }
})
