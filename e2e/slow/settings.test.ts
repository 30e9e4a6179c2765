import { once } from 'node:events'
import { connect } from 'node:net'
import { freePort } from '@signet/testing/free-port'
import { createClient } from '@signet/testing/http'
import { createService, type Env, type Service } from '@signet/testing/service'
import { applicationOf, minimalToken, startSystem } from '@signet/testing/system'
import jwt from 'jsonwebtoken'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

// Each setting is looked at in a process that has it and in one that has it not.
const system = await startSystem()
afterAll(system.stop)
const caller = applicationOf(system, 'app-two')
const token = minimalToken(caller)

describe('the settings of the API', async () => {
  const metricsPort = await freePort()
  const audience = 'https://api.example'
  const { SAMPLE_DATA: _, ...bare } = system.apiEnv
  const without = createService('api', { ...bare, DATABASE_URL: 'file::memory:' })
  const withAll = createService('api', {
    ...bare,
    DATABASE_URL: 'file::memory:',
    AUDIENCES: audience,
    REQUIRE_AUDIENCE: 'true',
    RATE_LIMIT: '70',
    FAILURE_LIMIT: '3',
    TRUST_PROXY: '1',
    METRICS_PORT: String(metricsPort),
    SITE_LINKS: 'another=https://another.example',
    SAMPLE_DATA: 'true',
  })
  /** Its only address has too many refused tokens after the test of FAILURE_LIMIT. */
  const blocked = createService('api', { ...bare, DATABASE_URL: 'file::memory:' })
  const services = { without, withAll, blocked }
  beforeAll(async () => void (await Promise.all(Object.values(services).map((service) => service.start()))))
  afterAll(async () => void (await Promise.all(Object.values(services).map((service) => service.kill()))))

  /** Each request has a client address of its own, so that no test counts the refused tokens of another one. */
  let clients = 0
  const send = (name: keyof typeof services) => {
    const ask = createClient({ url: services[name].url, ca: system.ca })
    return (path: string, sent: Parameters<typeof ask>[1] = {}) => {
      clients += 1
      const headers = { 'x-forwarded-for': `192.0.2.${clients}`, ...sent.headers }
      return ask(path, { ...sent, headers })
    }
  }
  const named = tokenFor(audience)

  test('AUDIENCES replaces the address of the API, and adds nothing to it', async () => {
    const ask = async (name: keyof typeof services, aud: string) =>
      (await send(name)('/whoami', { token: tokenFor(aud) })).status
    const others = ['https://localhost:3000', 'https://api.example:444', 'http://api.example', withAll.url]

    expect(await ask('withAll', audience)).toBe(200)
    expect(await Promise.all(others.map((aud) => ask('withAll', aud)))).toEqual([401, 401, 401, 401])
    // The port of this process is 0, so its address as it knows it is not the one that it has.
    expect(await ask('without', 'https://localhost:0')).toBe(200)
    expect(await ask('without', audience)).toBe(401)
  })

  test('REQUIRE_AUDIENCE refuses a token without audience, and only then', async () => {
    expect(await send('withAll')('/whoami', { token })).toMatchObject({
      status: 401,
      body: { code: 'audience_missing' },
    })
    expect(await send('without')('/whoami', { token })).toMatchObject({ status: 200 })
  })

  test('RATE_LIMIT counts the requests of an application, 1000 by default', async () => {
    const policy = async (name: keyof typeof services, sent: string) =>
      (await send(name)('/whoami', { token: sent })).headers['ratelimit-policy']

    expect(await policy('withAll', named)).toBe('"application";q=70;w=60')
    expect(await policy('without', token)).toBe('"application";q=1000;w=60')
  })

  test.each([
    ['withAll', 3, 'counts refused tokens by the address that the proxy names'],
    ['blocked', 100, 'counts 100 by default, and by the address of the connection'],
  ] as const)('FAILURE_LIMIT and TRUST_PROXY, %s: at most %i; it %s', async (name, limit, _does) => {
    const fail = async (address: string) =>
      await send(name)('/whoami', { token: 'x', headers: { 'x-forwarded-for': address } })
    const several = (count: number) => Promise.all(Array.from({ length: count }, () => fail('198.51.100.1')))
    const answers = await several(limit + 1)
    const last = answers.find(({ status }) => status === 429)

    expect(last?.headers['ratelimit-policy']).toBe(`"address";q=${limit};w=60`)
    const elsewhere = await fail('198.51.100.2')
    expect(elsewhere.status).toBe(name === 'withAll' ? 401 : 429)
  })

  test('METRICS_PORT opens a port on this machine only; without it there are no metrics, and never on the public port', async () => {
    const about = (service: Service) => service.log.filter(({ msg }) => /metrics/i.test(String(msg)))
    expect(about(without)).toEqual([])
    expect(about(withAll)).toMatchObject([{ msg: `metrics on http://127.0.0.1:${metricsPort}/metrics` }])

    const metrics = await fetch(`http://127.0.0.1:${metricsPort}/metrics`)
    expect([metrics.status, await metrics.text()]).toEqual([200, expect.stringContaining('signet_ready')])
    expect(await isReached('127.0.0.2', metricsPort)).toBe(false)
    for (const [name, sent] of [
      ['withAll', named],
      ['without', token],
    ] as const) {
      expect((await send(name)('/metrics', { token: sent })).status).toBe(404)
      expect((await send(name)('/metrics')).status).toBe(401)
    }
  })

  test('SITE_LINKS are on the reference page, SAMPLE_DATA is in the database, and neither without the setting', async () => {
    const description = async (name: keyof typeof services) =>
      JSON.stringify((await send(name)('/openapi.json')).body)
    expect(await description('withAll')).toContain('[another](https://another.example)')
    expect(await description('without')).not.toContain('another.example')

    expect((await send('withAll')('/users?limit=100', { token: named })).body).toHaveLength(50)
    expect((await send('without')('/users', { token })).body).toEqual([])
  })

  test('without HOST only this machine can connect', async () => {
    expect(await isReached('127.0.0.2', Number(new URL(without.url).port))).toBe(false)
  })
})

describe.each(['app-one', 'app-two'])('the settings of %s', (name) => {
  const settings: Env = {
    TOKEN_LIFETIME: '42',
    PUBLIC_HOSTS: 'pages.example',
    SITE_LINKS: 'another=https://another.example',
  }
  const withAll = createService(name, { ...system.pageEnv(name), ...settings })
  const without = name === 'app-one' ? system.appOne : system.appTwo
  beforeAll(() => withAll.start())
  afterAll(async () => void (await withAll.kill()))

  const page = (service: Service, headers = {}) =>
    createClient({ url: service.url })('/', { headers: { accept: 'text/html', ...headers } })

  test('TOKEN_LIFETIME is how long a token is valid, 300 seconds by default', async () => {
    const lifetime = async (service: Service) => {
      const [exp, iat] = ['exp', 'iat'].map((claim) => new RegExp(`&quot;${claim}&quot;: (\\d+)`))
      const text = String((await page(service)).body)
      return Number(exp?.exec(text)?.[1]) - Number(iat?.exec(text)?.[1])
    }
    expect([await lifetime(withAll), await lifetime(without)]).toEqual([42, 300])
  })

  test('PUBLIC_HOSTS are the further names under which it has pages', async () => {
    const asked = { host: 'pages.example' }
    expect((await page(withAll, asked)).status).toBe(200)
    expect((await page(withAll, { host: 'x.pages.example' })).status).toBe(421)
    expect((await page(without, asked)).status).toBe(421)
  })

  test('SITE_LINKS are on every page', async () => {
    expect((await page(withAll)).body).toContain('href="https://another.example"')
    expect((await page(without)).body).not.toContain('another.example')
  })

  test('without HOST only this machine can connect', async () => {
    expect(await isReached('127.0.0.2', Number(new URL(without.url).port))).toBe(false)
  })
})

function tokenFor(audience: string): string {
  const { appId, privateKey } = caller
  return jwt.sign({ appId }, privateKey, { algorithm: 'RS512', expiresIn: 300, audience })
}

/** Whether something listens at this address. A server on every address of the machine would also listen at 127.0.0.2. */
async function isReached(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host)
  const reached = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  return reached
}
