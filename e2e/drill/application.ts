import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { setTimeout } from 'node:timers/promises'
import { openTokenSource } from '@signet/auth'
import { attachTokens } from '@signet/auth/axios'
import axios, { type AxiosRequestConfig } from 'axios'
import type { Sent } from './sent.ts'

// An application under load: a process of its own, and the only one that reads its private key. It calls the API again
// and again until it is told to stop, then tells its parent what became of each request.

/** Milliseconds. */
const PAUSE = 20
const PATIENCE = 10_000

const {
  NAME = '',
  KEY_FILE = '',
  CA_FILE = '',
  API_URL = '',
  TOKEN_LIFETIME,
  READS = '',
  ORDERS,
} = process.env
const httpsAgent = new Agent({ ca: readFileSync(CA_FILE), rejectUnauthorized: true, keepAlive: true })
const client = axios.create({ baseURL: API_URL, httpsAgent, timeout: 5000, validateStatus: () => true })
attachTokens(client, openTokenSource({ file: KEY_FILE, audience: API_URL, lifetime: Number(TOKEN_LIFETIME) }))

const sent: Sent[] = []
let stopped = false
process.once('disconnect', () => process.exit())
const reads = READS.split(' ').map((url) => repeat(() => ({ url })))
const orders = Array.from({ length: Number(ORDERS) }, () => repeat(newOrder))
process.once('message', () => {
  stopped = true
})
await Promise.all([...reads, ...orders])
process.send?.(sent, () => process.exit())

async function repeat(newRequest: () => AxiosRequestConfig): Promise<void> {
  while (!stopped) {
    sent.push(await send(newRequest()))
    await setTimeout(PAUSE)
  }
}

function newOrder(): AxiosRequestConfig {
  const item = randomUUID()
  const data = { userId: 'u-001', item, quantity: 1 }
  return { method: 'POST', url: '/orders', data, headers: { 'idempotency-key': item } }
}

/** Tries again as long as no answer comes. An order may be there already then: its key makes it one order. */
async function send(request: AxiosRequestConfig): Promise<Sent> {
  const began = Date.now()
  for (let cuts = 0; ; cuts++) {
    const response = await client.request(request).catch(() => undefined)
    const ended = Date.now()
    const result = { application: NAME, began, ended, cuts, renewed: response?.config.renewed ?? false }
    const order = request.data && { item: request.data.item, id: response?.data.id }
    if (response) return { ...result, status: response.status, ...(order && { order }) }
    if (ended - began > PATIENCE) return { ...result, ...(order && { order }) }
    await setTimeout(PAUSE)
  }
}
