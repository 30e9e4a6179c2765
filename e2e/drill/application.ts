import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { setTimeout } from 'node:timers/promises'
import { openTokenSource } from '@signet/auth'
import { attachTokens } from '@signet/auth/axios'
import { startTraffic } from '@signet/testing/traffic'
import axios, { type AxiosRequestConfig } from 'axios'
import type { DrillRequest } from './outcome.ts'

// An application under load: a process of its own, and the only one that reads its private key. It calls the API until
// its parent sends a message, and then sends the outcomes of all requests to its parent.

/** Milliseconds. */
const PAUSE = 20
const TIMEOUT = 10_000

const {
  NAME = '',
  KEY_FILE = '',
  CA_FILE = '',
  API_URL = '',
  API_PORTS = '',
  TOKEN_LIFETIME,
  READS = '',
  ORDERS,
} = process.env

/**
 * Opens connections to the API processes in turn, as a client does whose name server returns several addresses. No
 * session is kept, because another process could not resume it.
 */
class RoundRobinAgent extends Agent {
  readonly #ports = API_PORTS.split(' ')
  #turn = 0

  override createConnection(options: object, callback: never) {
    const port = this.#ports[this.#turn++ % this.#ports.length]
    return super.createConnection({ ...options, port }, callback)
  }
}

const httpsAgent = new RoundRobinAgent({
  ca: readFileSync(CA_FILE),
  rejectUnauthorized: true,
  keepAlive: true,
  maxCachedSessions: 0,
})
const client = axios.create({ baseURL: API_URL, httpsAgent, timeout: 5000, validateStatus: () => true })
attachTokens(client, openTokenSource({ file: KEY_FILE, audience: API_URL, lifetime: Number(TOKEN_LIFETIME) }))

process.once('disconnect', () => process.exit())
const readers = READS.split(' ').map((url) => () => send({ url }))
const buyers = Array.from({ length: Number(ORDERS) }, () => () => send(newOrder()))
const traffic = startTraffic([...readers, ...buyers], { pause: PAUSE })
process.once('message', async () => {
  process.send?.(await traffic.stop(), () => process.exit())
})

function newOrder(): AxiosRequestConfig {
  const item = randomUUID()
  const data = { userId: 'u-001', item, quantity: 1 }
  return { method: 'POST', url: '/orders', data, headers: { 'idempotency-key': item } }
}

/** Sends it again if no answer comes. An order may be stored then: its idempotency key prevents a second one. */
async function send(request: AxiosRequestConfig): Promise<DrillRequest> {
  const began = Date.now()
  for (let retries = 0; ; retries++) {
    const response = await client.request(request).catch(() => undefined)
    const ended = Date.now()
    const outcome = { application: NAME, began, ended, retries, renewed: response?.config.renewed ?? false }
    const order = request.data && { item: request.data.item, id: response?.data.id }
    if (response) return { ...outcome, status: response.status, ...(order && { order }) }
    if (ended - began > TIMEOUT) return { ...outcome, ...(order && { order }) }
    await setTimeout(PAUSE)
  }
}
