import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '@signet/testing/free-port'
import { openApi } from '../apps/app-two/src/api.ts'
import type { TokenSource } from '../packages/auth/src/index.ts'
import { runKeys } from '../scripts/keys/command-line.ts'
import { APPLICATION, type Fixture } from './fixture.ts'

/** Seconds. It is short, so that an old key can be retired soon. */
export const TOKEN_LIFETIME = 10
/** Milliseconds until the last token of the old key has expired: its lifetime, five seconds of leeway, and one more. */
const UNTIL_RETIRED = (TOKEN_LIFETIME + 6) * 1000
/** A rate limit that is never reached. */
const UNLIMITED = '1000000000'
/** Callers that send requests at the same time. */
const CALLERS = 8
/** Milliseconds between two requests of a caller. */
const PAUSE = 10

/** Starts the real API in a process of its own, with a database file and metrics. Its log is discarded. */
export async function startApi({ folder, applications, publicKeys }: Fixture) {
  const [port, metricsPort] = [await freePort(), await freePort()]
  const metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`
  const child = spawn(process.execPath, [join(import.meta.dirname, '../apps/api/src/main.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PORT: String(port),
      METRICS_PORT: String(metricsPort),
      APPLICATIONS_FILE: applications,
      PUBLIC_KEYS_DIR: publicKeys,
      TLS_CERT_FILE: join(folder, 'secrets/api/server.pem'),
      TLS_KEY_FILE: join(folder, 'secrets/api/server.key'),
      DATABASE_URL: `file:${join(folder, 'soak.sqlite')}`,
      SAMPLE_DATA: 'true',
      RATE_LIMIT: UNLIMITED,
      FAILURE_LIMIT: UNLIMITED,
    },
  })
  const exited = once(child, 'exit')
  process.once('exit', () => child.kill())
  while (!(await fetch(metricsUrl).catch(() => undefined))?.ok) {
    if (child.exitCode !== null) throw new Error(`the API has ended (${child.exitCode})`)
    await setTimeout(50)
  }
  return {
    port,
    url: `https://localhost:${port}`,
    metricsUrl,
    stop: async () => {
      child.kill()
      await exited
    },
  }
}

/** The number of calls, and the number of failed calls by error code. */
export type Traffic = { calls: number; failed: Record<string, number> }

type TrafficOptions = { tokens: TokenSource; ca: string; milliseconds: number }

/** Sends reads and writes with app-two's own client for a number of milliseconds. */
export async function sendTraffic({ tokens, ca, milliseconds }: TrafficOptions): Promise<Traffic> {
  const api = openApi({ ca, tokens })
  const end = performance.now() + milliseconds
  const traffic: Traffic = { calls: 0, failed: {} }
  const context = () => ({ requestId: 'soak', receipts: [] })
  const { data: users } = await api.listUsers(context(), {})
  const userId = users[0]?.id ?? ''
  const calls = [
    () => api.listUsers(context(), {}),
    () => api.findUsers(context(), [userId]),
    () => api.listOrders(context(), {}),
    () => api.placeOrder(context(), { userId, item: 'Lamp', quantity: 1 }, crypto.randomUUID()),
  ]
  await Promise.all(Array.from({ length: CALLERS }, (_, caller) => callInTurn(caller)))
  api.close()
  return traffic

  async function callInTurn(first: number): Promise<void> {
    for (let turn = first; performance.now() < end; turn++) {
      await calls[turn % calls.length]?.().catch(({ code }) => {
        traffic.failed[code] = (traffic.failed[code] ?? 0) + 1
      })
      traffic.calls++
      await setTimeout(PAUSE)
    }
  }
}

type RotationOptions = { fixture: Fixture; milliseconds: number; progress: (text: string) => void }

/** Rotates and retires keys with the real command until the time is over; resolves to the number of rotations. */
export async function rotateKeys({ fixture, milliseconds, progress }: RotationOptions): Promise<number> {
  const paths = ['--applications', fixture.applications, '--secrets', join(fixture.folder, 'secrets')]
  const end = performance.now() + milliseconds
  let rotations = 0
  do {
    await keys('rotate', APPLICATION.name)
    const left = Math.max(0, Math.round((end - performance.now()) / 1000))
    progress(`soak: ${++rotations} rotations, ${left} s left`)
    await setTimeout(UNTIL_RETIRED)
    await keys('retire', APPLICATION.name, '--lifetime', String(TOKEN_LIFETIME))
  } while (performance.now() < end - UNTIL_RETIRED)
  return rotations

  async function keys(...args: string[]): Promise<void> {
    const errors: string[] = []
    const output = { print: () => {}, printError: (line: string) => errors.push(line) }
    if ((await runKeys([...args, ...paths], output)) !== 0) throw new Error(errors.join('\n'))
  }
}
