import { expect, test } from 'vitest'
import { readOptions } from './ports.ts'
import { serviceEnv, unusedVariables } from './systems.ts'

const { ports } = readOptions(['--port', '4000'])

test('each service gets its port, and all get the same address of the API', () => {
  expect(serviceEnv('api', ports)).toMatchObject({ PORT: '4000', AUDIENCES: 'https://localhost:4000' })
  expect(serviceEnv('app-one', ports)).toMatchObject({ PORT: '4001', API_URL: 'https://localhost:4000' })
  expect(serviceEnv('app-two', ports)).toMatchObject({ PORT: '4002', API_URL: 'https://localhost:4000' })
})

test('the pages link to each other, and to the reference of the API', () => {
  expect(serviceEnv('app-two', ports).SITE_LINKS).toBe(
    'app-one=http://localhost:4001,app-two=http://localhost:4002,API reference=https://localhost:4000/docs',
  )
})

test.each(['HOST', 'API_URL', 'TLS_CERT_FILE', 'PRIVATE_KEY_DIR'])(
  '%s of the shell does not reach the services',
  (variable) => {
    const env = { [variable]: 'of the shell', ...serviceEnv('api', ports) }

    expect(env[variable]).toBeUndefined()
  },
)

test.each(['LOG_LEVEL', 'RATE_LIMIT', 'DATABASE_URL', 'REDIS_URL', 'METRICS_PORT', 'PATH'])(
  '%s of the shell reaches the services',
  (variable) => {
    expect(serviceEnv('api', ports)).not.toHaveProperty(variable)
  },
)

test('an empty database gets sample data, unless SAMPLE_DATA of the shell says no', () => {
  expect(serviceEnv('api', ports, {})).toMatchObject({ SAMPLE_DATA: 'true' })
  expect(serviceEnv('api', ports, { SAMPLE_DATA: '' })).toMatchObject({ SAMPLE_DATA: 'true' })
  expect(serviceEnv('api', ports, { SAMPLE_DATA: 'false' })).toMatchObject({ SAMPLE_DATA: 'false' })
  expect(serviceEnv('app-one', ports, {})).not.toHaveProperty('SAMPLE_DATA')
})

test('PORT of the shell is not used, and a line says so and names the option to use', () => {
  expect(unusedVariables({ PORT: '4000', HOST: '0.0.0.0', LOG_LEVEL: 'warn' }, 'npm start')).toBe(
    'Not used by npm start: PORT, HOST of your shell. For other ports: npm start -- --port 4000',
  )
  expect(unusedVariables({ HOST: '0.0.0.0' }, 'npm start')).toBe('Not used by npm start: HOST of your shell.')
  expect(unusedVariables({ LOG_LEVEL: 'warn', PORT: '' }, 'npm start')).toBeUndefined()
})
