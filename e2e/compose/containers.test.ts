import { beforeAll, describe, expect, test } from 'vitest'
import { applicationIn } from './callers.ts'
import { type Container, compose, docker, inspect, lines, mainProcessOf, PROJECT } from './docker.ts'

/** Linux capability 10, as a bit. The program of the edge has it, and does not start without it. */
const NET_BIND_SERVICE = 1 << 10

/** The volumes that a service may write. */
const WRITTEN: Record<string, string[]> = {
  postgres: [`${PROJECT}_postgres`],
  edge: [`${PROJECT}_edge-logs`],
}

describe.each(['api', 'app-one', 'app-two', 'edge', 'postgres', 'redis'])(
  'the container of %s',
  (service) => {
    let container: Container
    beforeAll(async () => {
      container = await inspect(service)
    })

    test('does not run as root, has no capability, and cannot gain one', async () => {
      const { Uid, CapBnd, CapPrm, CapEff, NoNewPrivs } = await mainProcessOf(service)

      expect(Uid).toMatch(/^(1000|999)\t/)
      for (const set of [CapBnd, CapPrm, CapEff])
        expect(Number(`0x${set}`)).toBe(service === 'edge' ? NET_BIND_SERVICE : 0)
      expect(NoNewPrivs).toBe('1')
    })

    test('cannot write into its own file system', async () => {
      const written = compose('exec', '-T', '--user', '0', service, 'touch', '/etc/written')

      await expect(written).rejects.toThrow('Read-only file system')
    })

    test('mounts everything read-only, except the data of the database and the access log', () => {
      const written = container.Mounts.filter(({ RW }) => RW).map(({ Name }) => Name)

      expect(written).toEqual(WRITTEN[service] ?? [])
    })

    test('has limits of memory and processes', () => {
      expect(container.HostConfig.Memory).toBeGreaterThan(0)
      expect(container.HostConfig.PidsLimit).toBeGreaterThan(0)
    })

    test('is published to this machine only, and only if it is the edge', () => {
      const addresses = Object.values(container.HostConfig.PortBindings).flat()

      expect(addresses.map(({ HostIp }) => HostIp)).toEqual(
        service === 'edge' ? Array(3).fill('127.0.0.1') : [],
      )
    })
  },
)

const [postgres, redis, api] = await Promise.all(['postgres', 'redis', 'api'].map(addressOf))

describe.each([
  ['the database', postgres, 5432],
  ['Redis', redis, 6379],
  ['the API, except through the edge,', api, 3000],
])('%s', (_, address = '', port) => {
  test.each(['app-one', 'app-two'])('cannot be reached by %s', async (service) => {
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

test.each(['pages', 'api', 'data'])('the network %s has no way to the internet', async (name) => {
  expect(await docker('network', 'inspect', '--format', '{{.Internal}}', `signet-test_${name}`)).toBe(
    'true\n',
  )
})

async function addressOf(service: string): Promise<string> {
  const { NetworkSettings } = await inspect(service)
  return NetworkSettings.Networks[`signet-test_${service === 'api' ? 'api' : 'data'}`]?.IPAddress ?? ''
}

/** The result of a TCP connection from the container of a service: `connected`, or why not. */
async function reach(service: string, host: string, port: number): Promise<string> {
  const script = `require('net').connect({ host: '${host}', port: ${port}, timeout: 500 })
    .on('connect', () => end('connected')).on('timeout', () => end('timeout')).on('error', ({ code }) => end(code))
    function end(word) { console.log(word); process.exit() }`
  return (await compose('exec', '-T', service, 'node', '--eval', script)).trim()
}

const { appId: one } = await applicationIn('app-one')
const { appId: two } = await applicationIn('app-two')

/** Mode, owner and path. The services run as the owner, and only the owner can read private files. */
const SERVER = ['644 1000 /secrets/ca.pem', '600 1000 /secrets/server.key', '644 1000 /secrets/server.pem']
const PASSWORD = '640 1000 /database/password'
/** They hold no secret (edge.test.ts), and only the edge can read them. */
const ACCESS_LOGS = ['api', 'app-one', 'app-two'].map((service) => `600 1000 /logs/access-${service}.log`)

test.each([
  ['app-one', [`600 1000 /secrets/${one}_private.pem`, ...SERVER]],
  ['app-two', [`600 1000 /secrets/${two}_private.pem`, ...SERVER]],
  ['edge', [...SERVER, ...ACCESS_LOGS]],
  ['postgres', [PASSWORD]],
  ['redis', []],
  [
    'api',
    [
      PASSWORD,
      '644 1000 /secrets/applications.json',
      '644 1000 /secrets/public-keys/<appId>_public.pem',
      ...SERVER,
    ],
  ],
])('%s sees its own secrets and no others in its mounts', async (service, secrets) => {
  const { Mounts } = await inspect(service)
  const places = Mounts.map(({ Destination }) => Destination).filter(
    (place) => !WITHOUT_SECRETS.includes(place),
  )

  // The mark of a revocation is no secret. Other tests revoke applications, before or after this one.
  const seen = (places.length > 0 ? await filesIn(service, places) : []).filter(
    (line) => !line.endsWith('_revoked'),
  )

  const kinds = new Set(seen.map((line) => line.replace(/[^/]+_public/, '<appId>_public')))
  expect([...kinds].sort()).toEqual(secrets.sort())
})

const WITHOUT_SECRETS = ['/var/lib/postgresql']

test('the password of the database is in no environment and no command', async () => {
  const password = await compose('exec', '-T', 'api', 'cat', '/database/password')
  const described = await Promise.all(['api', 'postgres', 'keys'].map(descriptionOf))

  expect(password).toMatch(/^[\w-]{43}$/)
  for (const text of described) expect(text).not.toContain(password)
})

async function filesIn(service: string, places: string[]): Promise<string[]> {
  const show = ['-exec', 'stat', '-c', '%a %u %n', '{}', '+']
  return lines(await compose('exec', '-T', service, 'find', ...places, '-type', 'f', ...show))
}

/** The whole output of `docker inspect`. */
async function descriptionOf(service: string): Promise<string> {
  return compose('ps', '--all', '--quiet', service).then((ids) => docker('inspect', ...lines(ids)))
}
