import type { PublicKey } from '@signet/auth'
import { RefusedError, UsageError } from './errors.ts'

/** What one API process says of its keys. Times are milliseconds since 1970. */
export type KeyUses = { url: string; startedAt: number; lastUsedAt: ReadonlyMap<string, number> }

/** Asks each API process at its `/metrics`. Throws {@link RefusedError} when one cannot be read, or `UsageError`. */
export function readKeyUses(urls: readonly string[]): Promise<KeyUses[]> {
  const wrong = urls.find((url) => !/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
  if (wrong !== undefined) throw new UsageError(`--metrics: "${wrong}" is not an http URL.`)
  const unchecked = urls.find((url) => url.startsWith('https:'))
  if (unchecked !== undefined && process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0')
    throw new RefusedError(`${unchecked}: any server could answer. Unset NODE_TLS_REJECT_UNAUTHORIZED.`)
  return Promise.all(urls.map(readOne))
}

/**
 * Throws {@link RefusedError} while a token of one of these keys may be alive: for `wait` milliseconds after its last
 * use, since a token may be signed just before. A process that has run for less may have forgotten a use.
 */
export function refuseRecentUse(uses: readonly KeyUses[], keys: readonly PublicKey[], { now, wait }: Time) {
  for (const { url, startedAt, lastUsedAt } of uses) {
    for (const { keyId } of keys) {
      const age = now - (lastUsedAt.get(keyId) ?? 0)
      if (age < wait)
        throw new RefusedError(`${url}: saw the old key ${keyId} ${seconds(age)} s ago. ${again(wait - age)}`)
    }
    const age = now - startedAt
    if (age < wait)
      throw new RefusedError(
        `${url}: runs for ${seconds(age)} s, which is too short to know. ${again(wait - age)}`,
      )
  }
}

type Time = { now: number; wait: number }

/** Milliseconds. */
const PATIENCE = 5000

async function readOne(url: string): Promise<KeyUses> {
  const text = await read(url)
  const startedAt = Number(/^process_start_time_seconds (\S+)$/m.exec(text)?.[1]) * 1000
  if (Number.isNaN(startedAt) || !text.includes('# TYPE signet_key_last_used_timestamp_seconds'))
    throw new RefusedError(`${url}: says nothing of keys. It must be /metrics at an API's METRICS_PORT.`)
  const uses = text.matchAll(/^signet_key_last_used_timestamp_seconds\{.*?key_id="(.*?)".*\} (\S+)$/gm)
  const lastUsedAt = new Map([...uses].map(([, keyId = '', at]) => [keyId, Number(at) * 1000]))
  return { url, startedAt, lastUsedAt }
}

async function read(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE) })
    if (!response.ok) throw new Error(`status ${response.status}`)
    return await response.text()
  } catch (cause) {
    throw new RefusedError(`${url}: cannot be read, so a use may be missed: ${reasonOf(cause)}`, { cause })
  }
}

/** `fetch` says why only in the cause of its error. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException }
  return cause?.code ?? message
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000)
}

function again(milliseconds: number): string {
  return `Try again in ${Math.ceil(milliseconds / 1000)} s.`
}
