import { ConfigError } from '@signet/service'
import { cases } from '@signet/testing/properties'
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
  'SITE_LINKS',
  'SAMPLE_DATA',
]

test('for any environment, each fault names its variable, and no message contains a value', () => {
  // Each value ends with the name of its variable. Otherwise two could be equal, and one of them a path.
  const valueFor = (name: string) =>
    fc.oneof(
      fc.string({ minLength: 12 }).map((text) => `${text}${name}`),
      fc.webUrl().map((url) => `${url}#${name}`),
      fc.integer().map((number) => `x${number}y-${name}`),
    )
  const environment = fc.record(Object.fromEntries(NAMES.map((name) => [name, valueFor(name)])), {
    requiredKeys: [],
  })
  fc.assert(
    fc.property(environment, (env) => {
      try {
        readApiConfig(env as NodeJS.ProcessEnv)
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError)
        const { faults, message } = error as ConfigError
        expect(faults.length).toBeGreaterThan(0)
        for (const { name } of faults) expect(NAMES).toContain(name)
        // A message may show the path of a file, because a person must fix that.
        for (const [name, text] of Object.entries(env))
          if (!/_FILE$|_DIR$/.test(name) && text?.trim()) expect(message).not.toContain(text)
      }
    }),
    cases(60),
  )
})
