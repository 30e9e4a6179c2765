import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { freePort } from '@signet/testing/free-port'
import { type NpmCommand, startNpm } from '@signet/testing/process'
import { copyPackages, copyRepository } from '@signet/testing/repository'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'

let clone: string
let port: number
let started: NpmCommand

beforeAll(async () => {
  clone = await copyRepository()
  await copyPackages(clone)
  port = await freePort({ count: 3 })
})
afterEach(() => started.stop())
afterAll(() => rmSync(clone, { recursive: true, force: true }))

/** What the terminal shows when all three listen. */
const ALL_LISTEN = /Ctrl-C stops it/

test('npm start --port N prints three addresses and a line for each request; a second one says which port is in use', async () => {
  started = startNpm(clone, ['start', '--', '--port', String(port)], { PORT: '1', HOST: '127.0.1.1' })
  const printed = await started.prints(ALL_LISTEN)
  for (const url of [
    `https://localhost:${port}`,
    `http://localhost:${port + 1}`,
    `http://localhost:${port + 2}`,
  ])
    expect(printed).toContain(`    ${url} `)
  expect(printed).toContain('Not used by npm start: PORT, HOST of your shell.')
  expect(printed).not.toContain('nothing to do')
  expect(printed).not.toContain('{"level"')

  const page = await fetch(`http://localhost:${port + 1}/`)
  expect(await page.text()).toMatch(/@example\.(com|org)/)
  await started.prints(/^app-one +GET \/ 200 \d+ ms$/m)
  await started.prints(/^api +GET \/users 200 \d+ ms {2}app-one$/m)

  const second = startNpm(clone, ['start', '--', '--port', String(port)])
  expect(await second.ended).not.toBe(0)
  await second.untilGone()
  expect(second.printed()).toContain(`Port ${port + 1} is in use`)
  expect(second.printed()).toContain('npm start -- --port 4000')
  expect((await fetch(`http://localhost:${port + 1}/healthz`)).status).toBe(200)

  process.kill(started.pid, 'SIGTERM')
  await started.untilGone()
  expect(await areFree()).toBe(true)
})

async function areFree(): Promise<boolean> {
  for (const each of [port, port + 1, port + 2]) {
    const server = createServer().listen(each, '127.0.0.1')
    await once(server, 'listening')
    server.close()
  }
  return true
}
