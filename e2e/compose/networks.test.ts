import { describe, expect, test } from 'vitest'
import { compose, docker } from './docker.ts'
import { inspect } from './inspect.ts'

const [postgres, redis, api] = await Promise.all(['postgres', 'redis', 'api'].map(addressOf))

describe.each([
  ['the database', postgres, 5432],
  ['Redis', redis, 6379],
  ['the API, but through the edge,', api, 3000],
])('%s', (_, address = '', port) => {
  test.each(['app-one', 'app-two'])('is out of reach for %s', async (service) => {
    expect(await reach(service, address, port)).not.toBe('connected')
  })
})

test('the API reaches the database and Redis, and an application the edge', async () => {
  const reached = [
    reach('api', 'postgres', 5432),
    reach('api', 'redis', 6379),
    reach('app-one', 'edge', 3000),
  ]

  expect(await Promise.all(reached)).toEqual(['connected', 'connected', 'connected'])
})

test.each(['pages', 'api', 'data'])('nothing gets out of the network %s', async (name) => {
  expect(await docker('network', 'inspect', '--format', '{{.Internal}}', `signet-test_${name}`)).toBe(
    'true\n',
  )
})

async function addressOf(service: string): Promise<string> {
  const { NetworkSettings } = await inspect(service)
  return NetworkSettings.Networks[`signet-test_${service === 'api' ? 'api' : 'data'}`]?.IPAddress ?? ''
}

/** What comes of a TCP connection from within a service's container: `connected`, or why not. */
async function reach(service: string, host: string, port: number): Promise<string> {
  const script = `require('net').connect({ host: '${host}', port: ${port}, timeout: 500 })
    .on('connect', () => end('connected')).on('timeout', () => end('timeout')).on('error', ({ code }) => end(code))
    function end(word) { console.log(word); process.exit() }`
  return (await compose('exec', '-T', service, 'node', '--eval', script)).trim()
}
