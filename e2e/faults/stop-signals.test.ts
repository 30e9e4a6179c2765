import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { freePort } from '@signet/testing/free-port'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type NpmCommand, startNpm } from '../npm-command.ts'
import { copyPackages, copyRepository } from '../working-copy.ts'

/** Milliseconds: five seconds on a quiet machine; the rest is for one that does other work. */
const STOPPED_WITHIN = 20_000

let clone: string
let started: NpmCommand
beforeAll(async () => {
  clone = await copyRepository()
  await copyPackages(clone)
})
afterEach(() => started.stop())
afterAll(() => rmSync(clone, { recursive: true, force: true }))

const NPM = /^npm /
const SCRIPT = /^node scripts\/run\.js /

test.each([
  ['start', 'SIGTERM', 'npm', NPM],
  ['start', 'SIGINT', 'npm', NPM],
  ['start', 'SIGHUP', 'npm', NPM],
  ['start', 'SIGKILL', 'npm', NPM],
  ['start', 'SIGTERM', 'the script', SCRIPT],
  ['start', 'SIGINT', 'the script', SCRIPT],
  ['start', 'SIGHUP', 'the script', SCRIPT],
  ['start', 'SIGKILL', 'the script', SCRIPT],
  ['start', 'SIGTERM', 'one service', /apps\/app-one\/src\/main\.ts/],
  ['run lab', 'SIGTERM', 'npm', NPM],
  ['run lab', 'SIGKILL', 'npm', NPM],
  ['run lab', 'SIGKILL', 'the script', SCRIPT],
  ['run lab', 'SIGKILL', 'the lab', /lab\/src\/main\.ts/],
] as const)('npm %s: %s to %s ends all of it, and the ports are free', async (command, signal, _, target) => {
  const port = String(await freePort({ count: 4 }))
  started = startNpm(clone, [...command.split(' '), '--', '--port', port])
  await started.prints(/Ctrl-C stops it/)

  await sendTo(target, signal)
  await endsInTime()

  for (const each of [0, 1, 2, 3]) await listenOnce(Number(port) + each)
})

test.each(['SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
  'npm run drill: %s to npm ends all of it',
  async (signal) => {
    started = startNpm(clone, ['run', 'drill'])
    await started.prints(/app-one and app-two call it/)

    await sendTo(NPM, signal)

    await endsInTime()
  },
)

test('a service that is killed ends the others and npm start, which fails', async () => {
  started = startNpm(clone, ['start', '--', '--port', String(await freePort({ count: 3 }))])
  await started.prints(/Ctrl-C stops it/)
  const [api = 0] = await started.find(/apps\/api\/src\/main\.ts/)

  process.kill(api, 'SIGKILL')

  expect(await started.ended).not.toBe(0)
  await started.untilGone()
  expect(started.printed()).toMatch(/^api has ended \(SIGKILL\)/m)
})

/** Throws when the port is taken. */
async function listenOnce(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  server.close()
}

async function sendTo(target: RegExp, signal: NodeJS.Signals): Promise<void> {
  const [pid = Number.NaN] = await started.find(target)
  process.kill(pid, signal)
}

async function endsInTime(): Promise<void> {
  const began = Date.now()
  await started.untilGone()
  expect(Date.now() - began).toBeLessThan(STOPPED_WITHIN)
}
