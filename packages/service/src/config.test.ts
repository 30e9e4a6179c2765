import { expect, test } from 'vitest'
import { z } from 'zod'
import { ConfigError, readConfig } from './config.ts'
import { port } from './settings.ts'

const schema = z.object({ PORT: port(3000), NAME: z.string(), DATABASE_URL: z.url('must be a URL') })

test('reads the variables of the schema and leaves out the rest', () => {
  const config = readConfig(schema, { PORT: '8080', NAME: 'x', DATABASE_URL: 'a:b', HOME: '/root' })

  expect(config).toEqual({ PORT: 8080, NAME: 'x', DATABASE_URL: 'a:b' })
})

test('counts an empty variable as unset', () => {
  const config = readConfig(schema, { PORT: '', NAME: 'x', DATABASE_URL: 'a:b' })

  expect(config.PORT).toBe(3000)
})

test('names every faulty variable at once, never its value', () => {
  const error = faultOf({ PORT: 'ninety', DATABASE_URL: 'p4ssw0rd' })

  expect(error).toBeInstanceOf(ConfigError)
  expect(error.code).toBe('config_invalid')
  expect(error.faults).toEqual([
    { name: 'PORT', message: 'must be a whole number from 0 to 65535' },
    { name: 'NAME', message: 'is not set' },
    { name: 'DATABASE_URL', message: 'must be a URL' },
  ])
  expect(error.message).toContain('PORT must be a whole number from 0 to 65535\nNAME is not set')
  expect(error.message).not.toContain('p4ssw0rd')
})

function faultOf(env: Record<string, string>): ConfigError {
  try {
    readConfig(schema, env)
  } catch (error) {
    return error as ConfigError
  }
  throw new Error('the configuration was accepted')
}
