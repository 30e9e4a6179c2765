import { once } from 'node:events'
import { get } from 'node:https'
import { expect, test } from 'vitest'
import { applicationIn, openClients, tokenOf } from './callers.ts'
import { command, compose, containersOf, docker, FAILURE_LIMIT, lines } from './docker.ts'

const { ca, api, appOne, appTwo } = await openClients()
const application = await applicationIn('app-two')

test('the pages of both web servers are served over HTTPS, with data from the API', async () => {
  const [people, orders] = await Promise.all([appOne('/'), appTwo('/')])

  expect(people).toMatchObject({ status: 200, body: expect.stringContaining('@') })
  expect(orders).toMatchObject({ status: 200, body: expect.stringContaining('<form') })
})

test('an order is placed through the page, which accepts the public origin of the edge', async () => {
  const { body } = await appTwo('/')
  const idempotencyKey = /name="idempotencyKey" value="([^"]+)"/.exec(String(body))?.[1] ?? ''
  const order = new URLSearchParams({
    idempotencyKey,
    userId: 'u-001',
    item: 'lantern',
    quantity: '2',
  }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://localhost:3002' }

  const answer = await appTwo('/orders', { method: 'POST', headers, body: order })

  expect(answer.status).toBe(303)
})

test.each([undefined, 'https://localhost:3000', 'https://edge:3000'])(
  'a token signed by hand for the audience %s is accepted',
  async (audience) => {
    const answer = await api('/whoami', { token: tokenOf(application, audience) })

    expect(answer).toMatchObject({ status: 200, body: { name: 'app-two' } })
  },
)

test('a token for another audience is refused', async () => {
  const answer = await api('/whoami', { token: tokenOf(application, 'https://localhost:3001') })

  expect(answer).toMatchObject({ status: 401, body: { code: 'audience_mismatch' } })
})

test('both replicas of the API get requests', async () => {
  const token = tokenOf(application)
  const answers = await Promise.all(Array.from({ length: 10 }, () => api('/whoami', { token })))

  const logs = await Promise.all((await containersOf('api')).map((id) => docker('logs', id)))

  const requestIds = answers.map(({ headers }) => String(headers['x-request-id']))
  const found = logs.map((log) => requestIds.filter((id) => log.includes(id)).length)
  expect(found).toEqual([expect.any(Number), expect.any(Number)])
  expect(found).not.toContain(0)
})

test('when a replica hangs, then the other one answers its requests', async () => {
  const [replica = ''] = await containersOf('api')
  const token = tokenOf(application)
  await docker('pause', replica)
  try {
    const answers = await Promise.all(Array.from({ length: 6 }, () => api('/whoami', { token })))

    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200))
  } finally {
    await docker('unpause', replica)
  }
})

test('when a request names no trace, then the edge begins one, which its log and the API have', async () => {
  const { headers } = await api('/whoami?secret=1', { token: tokenOf(application) })

  const requestId = String(headers['x-request-id'])
  const logs = await Promise.all((await containersOf('api')).map((id) => docker('logs', id)))
  const line = logs.flatMap(lines).find((line) => line.includes(requestId)) ?? '{}'
  const { traceId } = JSON.parse(line)
  const access = await compose('exec', '-T', 'edge', 'cat', '/logs/access-api.log')
  const entry = lines(access).find((line) => line.includes(traceId)) ?? '{}'
  expect(JSON.parse(entry)).toMatchObject({ status: 200, request: { uri: '/whoami' } })
  expect(access).not.toContain('eyJ')
})

test('the edge and a service talk over TLS only', async () => {
  const plain = compose('exec', '-T', 'edge', 'wget', '-q', '-O', '-', 'http://app-one:3001/healthz')

  await expect(plain).rejects.toThrow(/exit/)
})

test('HSTS is sent for a real host name only', async () => {
  expect(await hstsUnder('api.example.com')).toBe('max-age=31536000')
  expect(await hstsUnder('localhost:3000')).toBeUndefined()
  expect(await hstsUnder('127.0.0.1:3000')).toBeUndefined()
})

test('refused tokens are counted for the client, whatever address it claims to have', async () => {
  const answers = await failFromAppTwo(FAILURE_LIMIT + 1)
  const other = await api('/whoami', { token: 'nonsense' })

  expect(answers.slice(0, FAILURE_LIMIT).every((status) => status === 401)).toBe(true)
  expect(answers.at(-1)).toBe(429)
  expect(other.status).toBe(401)
  expect((await appTwo('/')).status).toBe(200)
})

test('the answer for a service that is away is a problem', async () => {
  await compose('stop', 'app-one')
  const { status, headers, body } = await appOne('/')
  await compose('up', '--detach', '--no-deps', '--wait', 'app-one')

  expect({ status, body }).toMatchObject({ status: 503, body: { code: 'unavailable', status: 503 } })
  expect(headers).toMatchObject({ 'content-type': 'application/problem+json', 'retry-after': '1' })
  expect(headers['x-request-id']).toBe((body as { requestId: string }).requestId)
})

test('the log of the edge contains no token, even at the level DEBUG', async () => {
  const restart = ['compose', 'up', '--detach', '--no-deps', '--wait', 'edge']
  const token = tokenOf(await applicationIn('app-two'))
  await command('docker', restart, { EDGE_LOG_LEVEL: 'DEBUG' })
  await api('/whoami', { token })
  const log = await compose('logs', '--no-log-prefix', 'edge')
  await command('docker', restart)

  expect(log).toContain('"uri":"/whoami"')
  expect(log).not.toContain(token.slice(0, 20))
})

async function hstsUnder(host: string): Promise<unknown> {
  const request = get({ port: 3000, path: '/healthz', ca, servername: 'localhost', headers: { host } })
  const [response] = await once(request, 'response')
  response.resume()
  return response.headers['strict-transport-security']
}

/** The statuses of refused calls from the container of app-two, each with another X-Forwarded-For. */
async function failFromAppTwo(times: number): Promise<number[]> {
  const script = `
    const statuses = []
    for (let i = 0; i < ${times}; i++) {
      const headers = { 'x-token': 'nonsense', 'x-forwarded-for': '192.0.2.' + i, 'x-real-ip': '192.0.2.' + i }
      statuses.push((await fetch('https://edge:3000/whoami', { headers })).status)
    }
    console.log(JSON.stringify(statuses))`
  const ca = 'NODE_EXTRA_CA_CERTS=/secrets/ca.pem'
  const module = ['node', '--input-type=module', '--eval', script]
  return JSON.parse(await compose('exec', '-T', '--env', ca, 'app-two', ...module))
}
