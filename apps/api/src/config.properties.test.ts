import { ConfigError } from '@signet/service'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readApiConfig } from './config.ts'

const NAMES = [
  'PORT',
  'HOST',
  'LOG_LEVEL',
  'TLS_CERT_FILE',
  'TLS_KEY_FILE',
  'PUBLIC_KEYS_DIR',
  'APPLICATIONS_FILE',
  'AUDIENCES',
  'REQUIRE_AUDIENCE',
  'DATABASE_PASSWORD_FILE',
  'REDIS_URL',
  'RATE_LIMIT',
  'FAILURE_LIMIT',
  'TRUST_PROXY',
  'METRICS_PORT',
]

test('whatever stands in the environment, each fault has the name of its variable, and no value is told', () => {
  const value = fc.oneof(
    fc.string({ minLength: 12 }),
    fc.webUrl(),
    fc.integer().map((number) => `x${number}y-secret`),
  )
  const environment = fc.record(Object.fromEntries(NAMES.map((name) => [name, value])), { requiredKeys: [] })
  fc.assert(
    fc.property(environment, (env) => {
      try {
        readApiConfig(env as NodeJS.ProcessEnv)
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError)
        const { faults, message } = error as ConfigError
        expect(faults.length).toBeGreaterThan(0)
        for (const { name } of faults) expect(NAMES).toContain(name)
        // Of a file the path is told, since that is what is to be mended.
        for (const [name, text] of Object.entries(env))
          if (!/_FILE$|_DIR$/.test(name) && text?.trim()) expect(message).not.toContain(text)
      }
    }),
    { numRuns: 200 },
  )
})
