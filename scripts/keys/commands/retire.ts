import {
  type Application,
  LEEWAY,
  loadPrivateKey,
  MAXIMUM_LIFETIME,
  type PublicKey,
  readPublicKeys,
  thumbprint,
} from '@signet/auth'
import { command, readSeconds } from '../command.ts'
import { RefusedError, UsageError } from '../errors.ts'
import { ownerFault } from '../file-access.ts'
import { updateFile } from '../files.ts'
import { isThere, type Places, shown } from '../places.ts'
import { publicBlock, secondsLeft, timeOfRotation } from '../public-keys.ts'
import { findApplication, readApplicationsFile } from '../registry.ts'

export const retire = command({
  usage: 'retire APP [--lifetime SECONDS] [--metrics URL]…',
  summary: 'Take away the old public keys, once no token of theirs can be alive',
  help: `Refuses until the tokens' lifetime and the leeway (${MAXIMUM_LIFETIME} + ${LEEWAY} s) have passed since the rotation, and
while a rotation is unfinished. With --metrics, for as long after an API process last saw an old key in use,
too: that finds an application, or one copy of it, which signs with the old key still.

  --lifetime SECONDS  how long the application's tokens live, where TOKEN_LIFETIME shortens it
  --metrics URL       /metrics of an API process, such as http://127.0.0.1:9100/metrics; once for each process`,
  options: {
    lifetime: { type: 'string', default: `${MAXIMUM_LIFETIME}` },
    metrics: { type: 'string', multiple: true, default: [] },
  },
  words: { least: 1, most: 1 },
  run: async ({ places, now, print, record }, [nameOrId = ''], { lifetime, metrics }) => {
    const wait = readSeconds('lifetime', lifetime) + LEEWAY
    if (wait > MAXIMUM_LIFETIME + LEEWAY)
      throw new UsageError(`--lifetime: no token lives more than ${MAXIMUM_LIFETIME} s.`)
    const application = findApplication(readApplicationsFile(places.applications), nameOrId)
    const file = places.publicKey(application.appId)
    if (!isThere(file)) throw new RefusedError(`${shown(file)}: is missing, there is no key to retire.`)
    const uses = await readKeyUses(metrics)
    let retired: PublicKey[] = []
    await updateFile(file, (text) => {
      const [newest, ...older] = readPublicKeys(text, file)
      if (!newest || older.length === 0) return text
      refuseUnfinished(places, application, newest)
      const rotatedAt = timeOfRotation(places, application, newest)
      const remaining = secondsLeft(rotatedAt, { now: now(), wait })
      if (remaining > 0)
        throw new RefusedError(
          `${application.name}: tokens of the old key may be alive. Try again in ${remaining} s.`,
        )
      refuseRecentUse(uses, older, { now: now(), wait: wait * 1000 })
      retired = older
      return publicBlock(newest.key, newest.created ?? new Date(rotatedAt).toISOString())
    })
    for (const { keyId } of retired) {
      record({ change: 'retired', application, keyId })
      print(`retired ${keyId} of ${application.name}`)
    }
    if (retired.length === 0) print('nothing to do: there is one key only')
    return 0
  },
})

function refuseUnfinished(places: Places, application: Application, newest: PublicKey): void {
  const file = places.privateKey(application)
  const unreadable = ownerFault(file)
  if (unreadable)
    throw new RefusedError(
      `${unreadable.fault}. The application may not be able to read it, and then signs with the old key still. ${unreadable.mend}`,
    )
  // A private key that waits says nothing while another one signs: it may wait for room in a full file.
  const isFinished = isThere(file)
    ? thumbprint(loadPrivateKey(file)) === newest.keyId
    : !isThere(places.nextPrivateKey(application))
  if (isFinished) return
  throw new RefusedError(
    `${application.name}: does not sign with its newest key yet. First: npm run keys -- rotate ${application.name}`,
  )
}

/** What one API process says of its keys. Times are milliseconds since 1970. */
type KeyUses = { url: string; startedAt: number; lastUsedAt: ReadonlyMap<string, number> }

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
function refuseRecentUse(uses: readonly KeyUses[], keys: readonly PublicKey[], { now, wait }: Time) {
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
