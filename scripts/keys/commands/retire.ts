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
import { ownerFinding } from '../file-access.ts'
import { updateFile } from '../files.ts'
import { exists, type Places, shown } from '../places.ts'
import { publicBlock, secondsLeft, timeOfRotation } from '../public-keys.ts'
import { findApplication, readApplicationsFile } from '../registry.ts'

export const retire = command({
  usage: 'retire APP [--lifetime SECONDS] [--metrics URL]…',
  summary: 'Remove the old public keys after the last token of them has expired',
  help: `Refuses until the lifetime of a token and the leeway (${MAXIMUM_LIFETIME} + ${LEEWAY} s) have passed since the rotation, and
while a rotation is unfinished. With --metrics, it also refuses until that time has passed since an API process
last verified a token of an old key: an application, or one copy of it, may still sign with the old key.

  --lifetime SECONDS  the lifetime of the application's tokens, if TOKEN_LIFETIME makes it shorter
  --metrics URL       /metrics of an API process, such as http://127.0.0.1:9100/metrics; once for each process`,
  options: {
    lifetime: { type: 'string', default: `${MAXIMUM_LIFETIME}` },
    metrics: { type: 'string', multiple: true, default: [] },
  },
  words: { least: 1, most: 1 },
  run: async ({ places, now, print, record }, [nameOrId = ''], { lifetime, metrics }) => {
    const wait = readSeconds('lifetime', lifetime) + LEEWAY
    if (wait > MAXIMUM_LIFETIME + LEEWAY)
      throw new UsageError(`--lifetime: no token is valid for more than ${MAXIMUM_LIFETIME} s.`)
    const application = findApplication(readApplicationsFile(places.applications), nameOrId)
    const file = places.publicKey(application.appId)
    if (!exists(file)) throw new RefusedError(`${shown(file)}: is missing, so there is no key to retire.`)
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
          `${application.name}: tokens of the old key may not have expired yet. Try again in ${remaining} s.`,
        )
      refuseRecentUse(uses, older, { now: now(), wait: wait * 1000 })
      retired = older
      return publicBlock(newest.key, newest.created ?? new Date(rotatedAt).toISOString())
    })
    for (const { keyId } of retired) {
      record({ change: 'retired', application, keyId })
      print(`retired ${keyId} of ${application.name}`)
    }
    if (retired.length === 0) print('nothing to do: there is only one key')
    return 0
  },
})

function refuseUnfinished(places: Places, application: Application, newest: PublicKey): void {
  const file = places.privateKey(application)
  const wrongOwner = ownerFinding(file)
  if (wrongOwner)
    throw new RefusedError(
      `${wrongOwner.fault}. If the application cannot read it, it still signs with the old key. ${wrongOwner.hint}`,
    )
  // A prepared private key says nothing while there is another one: the rotation may wait for room in the public-key file.
  const isFinished = exists(file)
    ? thumbprint(loadPrivateKey(file)) === newest.keyId
    : !exists(places.nextPrivateKey(application))
  if (isFinished) return
  throw new RefusedError(
    `${application.name}: does not sign with its newest key yet. First: npm run keys -- rotate ${application.name}`,
  )
}

/** When one API process last verified a token of each key. Times are milliseconds since 1970. */
type KeyUses = { url: string; startedAt: number; lastUsedAt: ReadonlyMap<string, number> }

/** Reads `/metrics` of each API process. Throws {@link RefusedError} if one cannot be read, or {@link UsageError}. */
export function readKeyUses(urls: readonly string[]): Promise<KeyUses[]> {
  const wrong = urls.find((url) => !/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
  if (wrong !== undefined) throw new UsageError(`--metrics: "${wrong}" is not an http URL.`)
  const unchecked = urls.find((url) => url.startsWith('https:'))
  if (unchecked !== undefined && process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0')
    throw new RefusedError(
      `${unchecked}: its certificate would not be checked. Unset NODE_TLS_REJECT_UNAUTHORIZED.`,
    )
  return Promise.all(urls.map(readOne))
}

/**
 * Throws {@link RefusedError} until `wait` milliseconds have passed since the last use of each key: the application may
 * have signed another token just before. A process that has run for a shorter time may have lost a use at its restart.
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
        `${url}: has run for ${seconds(age)} s, which is too short to know all uses. ${again(wait - age)}`,
      )
  }
}

type Time = { now: number; wait: number }

/** Milliseconds. */
const TIMEOUT = 5000

async function readOne(url: string): Promise<KeyUses> {
  const text = await read(url)
  const startedAt = Number(/^process_start_time_seconds (\S+)$/m.exec(text)?.[1]) * 1000
  if (Number.isNaN(startedAt) || !text.includes('# TYPE signet_key_last_used_timestamp_seconds'))
    throw new RefusedError(
      `${url}: has no metrics of keys. It must be /metrics at the METRICS_PORT of an API process.`,
    )
  const uses = text.matchAll(/^signet_key_last_used_timestamp_seconds\{.*?key_id="(.*?)".*\} (\S+)$/gm)
  const lastUsedAt = new Map([...uses].map(([, keyId = '', at]) => [keyId, Number(at) * 1000]))
  return { url, startedAt, lastUsedAt }
}

async function read(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT) })
    if (!response.ok) throw new Error(`status ${response.status}`)
    return await response.text()
  } catch (cause) {
    throw new RefusedError(
      `${url}: cannot be read, so it is not known whether an old key is in use: ${reasonOf(cause)}`,
      { cause },
    )
  }
}

/** The error of `fetch` has the reason only in its `cause`. */
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
