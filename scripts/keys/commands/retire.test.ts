import { once } from 'node:events'
import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { loadPublicKeys } from '@signet/auth'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { clockAhead, PEOPLE, provisionedPlace } from '../../test/temporary-secrets.ts'
import type { Places } from '../places.ts'
import { readKeyUses } from './retire.ts'

const LAST_USED = 'signet_key_last_used_timestamp_seconds'

test('removes the old keys after their last token has expired', async () => {
  const { places, keys, rotatedAt } = await rotated()
  const [newest, old] = loadPublicKeys(places.publicKey('people01'))

  const { status, output } = await keys('retire app-one', { now: () => rotatedAt + 305_000 })

  const left = loadPublicKeys(places.publicKey('people01'))
  expect(status).toBe(0)
  expect(output).toBe(`retired ${old?.keyId} of app-one`)
  expect(left.map(({ keyId, created }) => ({ keyId, created }))).toEqual([
    { keyId: newest?.keyId, created: newest?.created },
  ])
})

test('removes each old key if there are several', async () => {
  const { places, keys } = await rotated()
  await keys('rotate app-one --settle 0')
  const [newest, ...older] = loadPublicKeys(places.publicKey('people01'))
  const { mtimeMs } = statSync(places.privateKey(PEOPLE))

  const { output } = await keys('retire app-one', { now: () => mtimeMs + 306_000 })

  expect(output.split('\n')).toEqual(older.map(({ keyId }) => `retired ${keyId} of app-one`))
  expect(older).toHaveLength(2)
  expect(loadPublicKeys(places.publicKey('people01')).map(({ keyId }) => keyId)).toEqual([newest?.keyId])
})

test('refuses before that, says for how long, and changes nothing', async () => {
  const { places, keys, rotatedAt } = await rotated()
  const before = readFileSync(places.publicKey('people01'), 'utf8')

  const { status, errors } = await keys('retire app-one', { now: () => rotatedAt + 304_500 })

  expect(status).toBe(1)
  expect(errors).toContain('Try again in 1 s.')
  expect(readFileSync(places.publicKey('people01'), 'utf8')).toBe(before)
})

test('waits for a shorter time if tokens have a shorter lifetime', async () => {
  const { keys, rotatedAt } = await rotated()

  expect(await keys('retire app-one --lifetime 10', { now: () => rotatedAt + 14_000 })).toMatchObject({
    status: 1,
  })
  expect(await keys('retire app-one --lifetime 10', { now: () => rotatedAt + 15_000 })).toMatchObject({
    status: 0,
  })
})

test('counts from the time when the private key was replaced, not from the publication', async () => {
  const { places, keys, rotatedAt } = await rotated()
  const settled = rotatedAt / 1000 + 180
  utimesSync(places.privateKey(PEOPLE), settled, settled)

  expect(await keys('retire app-one', { now: () => rotatedAt + 305_000 })).toMatchObject({
    status: 1,
    errors: expect.stringContaining('180 s'),
  })
})

test('uses the time above the block if file times are lost', async () => {
  const { places, keys } = await rotated()
  utimesSync(places.privateKey(PEOPLE), 0, 0)
  utimesSync(places.publicKey('people01'), 0, 0)

  expect(await keys('retire app-one', { now: () => createdAt(places) + 304_000 })).toMatchObject({
    status: 1,
  })
  expect(await keys('retire app-one', { now: () => createdAt(places) + 305_000 })).toMatchObject({
    status: 0,
  })
})

test('uses the time of the file if a person put the key there', async () => {
  const { places, keys } = await rotated()
  const file = places.publicKey('people01')
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/^created: .*\n/gm, ''))
  utimesSync(places.privateKey(PEOPLE), 0, 0)
  const { mtimeMs } = statSync(file)

  expect(await keys('retire app-one', { now: () => mtimeMs + 304_000 })).toMatchObject({ status: 1 })
  expect(await keys('retire app-one', { now: () => mtimeMs + 305_000 })).toMatchObject({ status: 0 })
})

test.each(['published', 'waiting'])(
  'refuses while a rotation is unfinished (interrupted when %s)',
  async (step) => {
    const { places, keys } = await provisionedPlace()
    const print = (line: string) => {
      if (line.startsWith(step)) throw new Error('killed')
    }
    await expect(keys('rotate app-one --settle 0', { print })).rejects.toThrow('killed')

    const { status, errors } = await keys('retire app-one', { now: () => createdAt(places) + 3_600_000 })

    expect(status).toBe(1)
    expect(errors).toContain('does not sign with its newest key yet')
    expect(loadPublicKeys(places.publicKey('people01'))).toHaveLength(2)
  },
)

test('refuses if the private key here is an older one', async () => {
  const { places, keys } = await provisionedPlace()
  const old = readFileSync(places.privateKey(PEOPLE))
  await keys('rotate app-one --settle 0')
  writeFileSync(places.privateKey(PEOPLE), old)

  const { errors } = await keys('retire app-one', { now: () => createdAt(places) + 3_600_000 })

  expect(errors).toContain('does not sign with its newest key yet')
})

test('does nothing if there is one key, and refuses if there is none', async () => {
  const { keys } = await provisionedPlace()

  expect(await keys('retire app-one')).toMatchObject({
    status: 0,
    output: 'nothing to do: there is only one key',
  })
  await keys('revoke app-one')
  expect(await keys('retire app-one')).toMatchObject({
    status: 1,
    errors: expect.stringContaining('is missing'),
  })
})

test('uses its own clock, even if another clock sets the times of the files', async () => {
  const { places, keys, rotatedAt } = await rotated()
  const settled = rotatedAt / 1000 + 180
  utimesSync(places.privateKey(PEOPLE), settled, settled)
  const hour = 3_600_000
  clockAhead(hour)

  const { errors } = await keys('retire app-one', { now: () => rotatedAt + hour + 305_000 })

  expect(Number(/Try again in (\d+) s/.exec(errors)?.[1])).toBeGreaterThan(150)
})

describe('with --metrics', () => {
  test('retires after no API process has seen the old key for the lifetime of a token', async () => {
    const { old, at, retire } = await rotated()
    const idle = await serveMetrics(replica({ startedAt: at }))
    const busy = await serveMetrics(replica({ startedAt: at, uses: { [old]: at + 400 } }))

    const early = await retire(at + 704.5, [idle, busy])
    const late = await retire(at + 705, [idle, busy])

    expect(early).toMatchObject({ status: 1, keysLeft: 2 })
    expect(early.errors).toBe(`${busy}: saw the old key ${old} 304 s ago. Try again in 1 s.`)
    expect(late).toMatchObject({ status: 0, keysLeft: 1, output: `retired ${old} of app-one` })
  })

  test('waits for a shorter time if tokens have a shorter lifetime', async () => {
    const { old, at, retire } = await rotated()
    const url = await serveMetrics(replica({ startedAt: at, uses: { [old]: at + 400 } }))

    expect(await retire(at + 414, [url], ' --lifetime 10')).toMatchObject({ status: 1 })
    expect(await retire(at + 415, [url], ' --lifetime 10')).toMatchObject({ status: 0 })
  })

  test('ignores uses of the newest key and of unknown keys', async () => {
    const { newest, at, retire } = await rotated()
    const url = await serveMetrics(
      replica({ startedAt: at, uses: { [newest]: at + 400, unknown: at + 400 } }),
    )

    expect(await retire(at + 401, [url])).toMatchObject({ status: 0, keysLeft: 1 })
  })

  test('does not trust an API process that has run for too short a time', async () => {
    const { at, retire } = await rotated()
    const url = await serveMetrics(replica({ startedAt: at + 400 }))

    const { status, errors, keysLeft } = await retire(at + 403, [url])

    expect({ status, keysLeft }).toEqual({ status: 1, keysLeft: 2 })
    expect(errors).toBe(`${url}: has run for 3 s, which is too short to know all uses. Try again in 302 s.`)
    expect(await retire(at + 705, [url])).toMatchObject({ status: 0 })
  })

  test.each([
    [
      'answers with a failure',
      { status: 503, text: replica({ startedAt: 0 }) },
      'cannot be read.*status 503',
    ],
    ['is something else', { status: 200, text: 'process_start_time_seconds 0\n' }, 'has no metrics of keys'],
    [
      'does not say when it was started',
      { status: 200, text: `# TYPE ${LAST_USED} gauge` },
      'has no metrics of keys',
    ],
  ])('refuses, and names the URL, if one %s', async (_, { status, text }, message) => {
    const { at, retire } = await rotated()
    const good = await serveMetrics(replica({ startedAt: at }))
    const url = await serveMetrics(text, status)

    const { errors, ...outcome } = await retire(at + 9999, [good, url])

    expect(outcome).toMatchObject({ status: 1, keysLeft: 2 })
    expect(errors).toMatch(new RegExp(`^${url}: .*${message}`))
  })

  test('refuses, and names the URL, if no server listens there', async () => {
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

  test.each([
    ['https://localhost:9/metrics', 'Unset NODE_TLS_REJECT_UNAUTHORIZED.'],
    ['http://localhost:9/metrics', 'cannot be read'],
  ])('while certificates are not checked, %s is refused: %s', async (url, message) => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    onTestFinished(() => void vi.unstubAllEnvs())

    await expect(async () => readKeyUses([url])).rejects.toThrow(message)
  })

  test('https is read while certificates are checked', async () => {
    await expect(async () => readKeyUses(['https://localhost:9/metrics'])).rejects.toThrow('cannot be read')
  })
})

/**
 * An application whose keys were rotated at `rotatedAt` (milliseconds since 1970). `at` is the same time in seconds, rounded
 * up: the tests of `--metrics` count from it.
 */
async function rotated() {
  const place = await provisionedPlace()
  const { places, keys } = place
  await keys('rotate app-one --settle 0')
  const file = places.publicKey(PEOPLE.appId)
  const [newest = '', old = ''] = loadPublicKeys(file).map(({ keyId }) => keyId)
  // The file system's clock may be some milliseconds behind ours.
  const rotatedAt = Math.max(createdAt(places), statSync(places.privateKey(PEOPLE)).mtimeMs)
  const at = Math.ceil(rotatedAt / 1000)

  async function retire(seconds: number, urls: string[], options = '') {
    const metrics = urls.map((url) => ` --metrics ${url}`).join('')
    const outcome = await keys(`retire app-one${metrics}${options}`, { now: () => seconds * 1000 })
    const keysLeft = readFileSync(file, 'utf8').match(/BEGIN PUBLIC KEY/g)?.length
    return { ...outcome, keysLeft }
  }

  return { ...place, rotatedAt, newest, old, at, retire }
}

function createdAt(places: Places): number {
  return Date.parse(loadPublicKeys(places.publicKey('people01'))[0]?.created ?? '')
}

/** The metrics of an API process, in the text format of Prometheus (times in seconds since 1970). */
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
