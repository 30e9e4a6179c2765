import { expect, test } from 'vitest'
import { applicationIn, openClients, tokenOf } from './callers.ts'
import { command, compose } from './docker.ts'

const { api, appOne } = await openClients()

test('a service that is away is told as a problem', async () => {
  await compose('stop', 'app-one')
  const { status, headers, body } = await appOne('/')
  await compose('up', '--detach', '--no-deps', '--wait', 'app-one')

  expect({ status, body }).toMatchObject({ status: 503, body: { code: 'unavailable', status: 503 } })
  expect(headers).toMatchObject({ 'content-type': 'application/problem+json', 'retry-after': '1' })
  expect(headers['x-request-id']).toBe((body as { requestId: string }).requestId)
})

test('the log of the edge holds no token, however much it tells', async () => {
  const restart = ['compose', 'up', '--detach', '--no-deps', '--wait', 'edge']
  const token = tokenOf(await applicationIn('app-two'))
  await command('docker', restart, { EDGE_LOG_LEVEL: 'DEBUG' })
  await api('/whoami', { token })
  const log = await compose('logs', '--no-log-prefix', 'edge')
  await command('docker', restart)

  expect(log).toContain('"uri":"/whoami"')
  expect(log).not.toContain(token.slice(0, 20))
})
