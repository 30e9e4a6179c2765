// Sends requests to the system from this machine during a rollout, until Ctrl-C or for a number of seconds. Prints counts:
// node e2e/kubernetes/roll/load.ts [SECONDS]
import { randomUUID } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { openTokenSource } from '@signet/auth'
import { attachTokens } from '@signet/auth/axios'
import axios, { type AxiosRequestConfig } from 'axios'

/** Milliseconds between a response and the next request of the same caller. */
const PAUSE = 20

const [, , seconds = '3600'] = process.argv
const secrets = join(import.meta.dirname, '../../../secrets')
const ca = readFileSync(join(secrets, 'ca.pem'))
const httpsAgent = new Agent({ ca, rejectUnauthorized: true, keepAlive: true })
const [file = ''] = globSync(join(secrets, 'app-two/*_private.pem'))
const tokens = openTokenSource({ file, audience: 'https://localhost:30000' })
const api = axios.create({ baseURL: tokens.audience, httpsAgent, timeout: 10_000, validateStatus: null })
attachTokens(api, tokens)
const pages = axios.create({ httpsAgent, timeout: 10_000, validateStatus: null })

/** `refused`: requests with an unexpected status. `lost`: requests without a response. */
const count = { sent: 0, refused: 0, lost: 0, orders: 0 }
const item = `roll ${randomUUID()}`
let stopped = false
process.once('SIGINT', stop).once('SIGTERM', stop)
setTimeout(Number(seconds) * 1000, undefined, { ref: false }).then(stop)

await Promise.all([
  ...Array.from({ length: 6 }, () => repeat(() => send({ url: '/users?limit=5' }, 200))),
  ...Array.from({ length: 2 }, () => repeat(order)),
  ...['https://localhost:30001/', 'https://localhost:30002/'].map((url) => repeat(() => loadPage(url))),
])
console.log(JSON.stringify({ ...count, item }))

function stop(): void {
  stopped = true
}

async function repeat(act: () => Promise<unknown>): Promise<void> {
  while (!stopped) {
    await act()
    await setTimeout(PAUSE)
  }
}

async function order(): Promise<void> {
  const headers = { 'idempotency-key': randomUUID() }
  const data = { userId: 'u-001', item, quantity: 1 }
  if (await send({ method: 'POST', url: '/orders', headers, data }, 201)) count.orders++
}

async function loadPage(url: string): Promise<void> {
  await check(pages.get(url), `GET ${url}`, 200)
}

async function send(request: AxiosRequestConfig, wanted: number): Promise<boolean> {
  return check(api.request(request), `${request.method ?? 'GET'} ${request.url}`, wanted)
}

async function check(answer: Promise<{ status: number }>, what: string, wanted: number): Promise<boolean> {
  count.sent++
  const status = await answer.then(
    ({ status }) => status,
    ({ code, message }) => code ?? message,
  )
  if (status === wanted) return true
  count[typeof status === 'number' ? 'refused' : 'lost']++
  console.error(new Date().toISOString(), what, status)
  return false
}
