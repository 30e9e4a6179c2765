import { connect as connectPlain } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import { applicationOf, documentedToken } from '@signet/testing/application'
import { startSystem } from '@signet/testing/system'
import { afterAll, describe, expect, test } from 'vitest'

const system = await startSystem()
afterAll(system.stop)
const appOne = applicationOf(system, 'app-one')
const appTwo = applicationOf(system, 'app-two')

const PUBLIC = `${appOne.appId}_public.pem`
const PRIVATE = `${appOne.appId}_private.pem`
const FILES = [
  PUBLIC,
  PRIVATE,
  `${appTwo.appId}_private.pem`,
  'server.key',
  'server.pem',
  'ca.key',
  'ca.pem',
  'secrets',
  'secrets/ca.key',
  'secrets/api/server.key',
  `secrets/api/public-keys/${PUBLIC}`,
  `secrets/app-one/${PRIVATE}`,
  'public-keys/',
  `public-keys/${PUBLIC}`,
  `keys/${PUBLIC}`,
  `.well-known/jwks.json`,
  'applications.json',
  'package.json',
  '.env',
  '.git/config',
  'src/main.ts',
  'data/signet.sqlite',
]
const CLIMBS = ['..', '%2e%2e', '..%2f', '%2e%2e%2f', '..%5c', '%252e%252e', '....//', '%c0%ae%c0%ae', '..;']
const BEGINNINGS = ['', 'assets/', 'users/', 'orders/', 'people/', 'static/', 'public/', 'healthz/', 'docs/']

const PATHS = [
  ...FILES.flatMap((file) => BEGINNINGS.map((beginning) => `/${beginning}${file}`)),
  ...CLIMBS.flatMap((climb) =>
    BEGINNINGS.map((beginning) => `/${beginning}${`${climb}/`.repeat(5)}secrets/ca.key`),
  ),
  system.secret('ca.key'),
  `/${system.secret('ca.key')}`,
  `/assets/${encodeURIComponent(system.secret('ca.key'))}`,
  `/assets/pico.css/../../../../../secrets/app-one/${PRIVATE}`,
  `file://${system.secret('ca.key')}`,
]

describe.each([
  ['the API', system.api.url],
  ['app-one', system.appOne.url],
  ['app-two', system.appTwo.url],
])('%s', (_, url) => {
  test(`has nothing to give at ${PATHS.length} paths that a thief would try`, async () => {
    const answers = await ask(url, PATHS)

    const given = answers.filter(({ text }) => !text.startsWith('HTTP/1.1 4') || text.includes('-----BEGIN'))
    expect(given).toEqual([])
    expect(answers).toHaveLength(PATHS.length)
  })
})

/** Asks over raw connections, since a client would tidy the paths up; ten at a time. */
async function ask(url: string, paths: readonly string[]): Promise<{ path: string; text: string }[]> {
  const queue = [...paths]
  const answers: { path: string; text: string }[] = []
  const worker = async () => {
    for (let path = queue.pop(); path !== undefined; path = queue.pop())
      answers.push({ path, text: await exchange(new URL(url), path) })
  }
  await Promise.all(Array.from({ length: 10 }, worker))
  return answers
}

/** The caller shows a good token: what is refused is the path. */
async function exchange({ protocol, port }: URL, path: string): Promise<string> {
  const address = { host: '127.0.0.1', port: Number(port) }
  const socket =
    protocol === 'https:'
      ? connectTls({ ...address, ca: system.ca, servername: 'localhost' })
      : connectPlain(address)
  const head = [`GET ${path} HTTP/1.1`, 'Host: localhost', `x-token: ${TOKEN}`, 'Connection: close']
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  return text(socket)
}

const TOKEN = documentedToken(appTwo)
