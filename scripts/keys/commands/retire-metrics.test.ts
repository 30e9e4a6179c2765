import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { loadPublicKeys } from '@signet/auth'
import { expect, onTestFinished, test } from 'vitest'
import { PEOPLE, provisionedPlace } from '../../test/temporary-secrets.ts'

const LAST_USED = 'signet_key_last_used_timestamp_seconds'

test('retires once no API process has seen the old key for as long as a token lives', async () => {
  const { old, at, retire } = await rotated()
  const idle = await serveMetrics(replica({ startedAt: at }))
  const busy = await serveMetrics(replica({ startedAt: at, uses: { [old]: at + 400 } }))

  const early = await retire(at + 704.5, [idle, busy])
  const late = await retire(at + 705, [idle, busy])

  expect(early).toMatchObject({ status: 1, keysLeft: 2 })
  expect(early.errors).toBe(`${busy}: saw the old key ${old} 304 s ago. Try again in 1 s.`)
  expect(late).toMatchObject({ status: 0, keysLeft: 1, output: `retired ${old} of app-one` })
})

test('waits less for tokens that live less', async () => {
  const { old, at, retire } = await rotated()
  const url = await serveMetrics(replica({ startedAt: at, uses: { [old]: at + 400 } }))

  expect(await retire(at + 414, [url], ' --lifetime 10')).toMatchObject({ status: 1 })
  expect(await retire(at + 415, [url], ' --lifetime 10')).toMatchObject({ status: 0 })
})

test('lets nobody mind the use of the newest key, or of a stranger', async () => {
  const { newest, at, retire } = await rotated()
  const url = await serveMetrics(replica({ startedAt: at, uses: { [newest]: at + 400, stranger: at + 400 } }))

  expect(await retire(at + 401, [url])).toMatchObject({ status: 0, keysLeft: 1 })
})

test('does not take the word of an API process that has run for too short a time', async () => {
  const { at, retire } = await rotated()
  const url = await serveMetrics(replica({ startedAt: at + 400 }))

  const { status, errors, keysLeft } = await retire(at + 403, [url])

  expect({ status, keysLeft }).toEqual({ status: 1, keysLeft: 2 })
  expect(errors).toBe(`${url}: runs for 3 s, which is too short to know. Try again in 302 s.`)
  expect(await retire(at + 705, [url])).toMatchObject({ status: 0 })
})

test.each([
  ['answers with a failure', { status: 503, text: replica({ startedAt: 0 }) }, 'cannot be read.*status 503'],
  ['is something else', { status: 200, text: 'process_start_time_seconds 0\n' }, 'says nothing of keys'],
  ['does not say since when it runs', { status: 200, text: `# TYPE ${LAST_USED} gauge` }, 'nothing of keys'],
])('refuses, and says which, when one URL %s', async (_, { status, text }, message) => {
  const { at, retire } = await rotated()
  const good = await serveMetrics(replica({ startedAt: at }))
  const url = await serveMetrics(text, status)

  const { errors, ...outcome } = await retire(at + 9999, [good, url])

  expect(outcome).toMatchObject({ status: 1, keysLeft: 2 })
  expect(errors).toMatch(new RegExp(`^${url}: .*${message}`))
})

test('refuses, and says which, when nobody listens at a URL', async () => {
  const { at, retire } = await rotated()
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = urlOf(server)
  await once(server.close(), 'close')

  const { status, errors } = await retire(at + 9999, [url])

  expect(status).toBe(1)
  expect(errors).toMatch(new RegExp(`^${url}: cannot be read.*ECONNREFUSED$`))
})

test.each(['127.0.0.1:9464', 'ftp://api/metrics', 'metrics'])('%s is a usage error', async (url) => {
  const { at, retire } = await rotated()

  expect(await retire(at, [url])).toMatchObject({
    status: 2,
    errors: expect.stringContaining(`--metrics: "${url}" is not an http URL.`),
  })
})

/** An application whose keys were rotated `at` a time (seconds since 1970), long before anything else is told. */
async function rotated() {
  const { places, keys } = await provisionedPlace()
  await keys('rotate app-one --settle 0')
  const file = places.publicKey(PEOPLE.appId)
  const [newest = '', old = ''] = loadPublicKeys(file).map(({ keyId }) => keyId)
  const at = Math.ceil(statSync(places.privateKey(PEOPLE)).mtimeMs / 1000)

  async function retire(seconds: number, urls: string[], options = '') {
    const metrics = urls.map((url) => ` --metrics ${url}`).join('')
    const outcome = await keys(`retire app-one${metrics}${options}`, { now: () => seconds * 1000 })
    const keysLeft = readFileSync(file, 'utf8').match(/BEGIN PUBLIC KEY/g)?.length
    return { ...outcome, keysLeft }
  }

  return { newest, old, at, retire }
}

/** What an API process tells Prometheus, in the text format (times in seconds since 1970). */
function replica({ startedAt, uses = {} }: { startedAt: number; uses?: Record<string, number> }): string {
  const samples = Object.entries(uses).map(
    ([keyId, at]) => `${LAST_USED}{application="app-one",key_id="${keyId}"} ${at}`,
  )
  return [
    '# TYPE process_start_time_seconds gauge',
    `process_start_time_seconds ${startedAt}`,
    `# TYPE ${LAST_USED} gauge`,
    ...samples,
    '',
  ].join('\n')
}

async function serveMetrics(text: string, status = 200): Promise<string> {
  const server = createServer((_req, res) => res.writeHead(status).end(text)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return urlOf(server)
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`
}
