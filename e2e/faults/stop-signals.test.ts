import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { freePort } from '@signet/testing/free-port'
import { type NpmCommand, startNpm } from '@signet/testing/process'
import { copyPackages, copyRepository } from '@signet/testing/repository'
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest'

/** Milliseconds: five seconds on a quiet machine, and more for a busy one. */
const STOPPED_WITHIN = 20_000

let clone: string
beforeAll(async () => {
  clone = await copyRepository()
  await copyPackages(clone)
})
afterAll(() => rmSync(clone, { recursive: true, force: true }))

const NPM = /^npm /
const SCRIPT = /^node scripts\/run\.js /

describe.concurrent('all processes end, and the ports are free', () => {
  test.for([
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
  ] as const)('npm %s: %s to %s', async ([command, signal, , target], context) => {
    const port = await freePort({ count: 4 })
    const started = start(context, [...command.split(' '), '--', '--port', String(port)])
    await started.prints(/Ctrl-C stops it/)

    await sendTo(started, target, signal)
    await endsInTime(started)

    for (const each of [0, 1, 2, 3]) await listenOnce(port + each)
  })

  test.for(['SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('npm run drill: %s to npm', async (signal, context) => {
    const started = start(context, ['run', 'drill'])
    await started.prints(/app-one and app-two call it/)

    await sendTo(started, NPM, signal)
    await endsInTime(started)
  })

  test('a service that is killed: npm start fails', async (context) => {
    const started = start(context, ['start', '--', '--port', String(await freePort({ count: 3 }))])
    await started.prints(/Ctrl-C stops it/)

    await sendTo(started, /apps\/api\/src\/main\.ts/, 'SIGKILL')

    expect(await started.ended).not.toBe(0)
    await started.untilGone()
    expect(started.printed()).toMatch(/^api has ended \(SIGKILL\)/m)
  })
})

function start({ onTestFinished }: TestContext, args: string[]): NpmCommand {
  const started = startNpm(clone, args)
  onTestFinished(() => started.stop())
  return started
}

/** Throws when the port is taken. */
async function listenOnce(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  server.close()
}

async function sendTo(started: NpmCommand, target: RegExp, signal: NodeJS.Signals): Promise<void> {
  const [pid = Number.NaN] = await started.find(target)
  process.kill(pid, signal)
}

async function endsInTime(started: NpmCommand): Promise<void> {
  const began = Date.now()
  await started.untilGone()
  expect(Date.now() - began).toBeLessThan(STOPPED_WITHIN)
}
