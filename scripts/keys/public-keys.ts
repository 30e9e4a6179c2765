import { readdirSync, rmSync, truncateSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  type Application,
  LEEWAY,
  loadPublicKeys,
  MAXIMUM_BLOCKS,
  MAXIMUM_LIFETIME,
  type PublicKey,
  readPublicKeys,
} from '@signet/auth'
import { isExpected, RefusedError } from './errors.ts'
import { clockDifference, updateFile } from './files.ts'
import { exists, type Places, shown, statsOf } from './places.ts'
import { refuseMarked } from './revocation.ts'

/** The public keys of an application, newest first; none if there is no file. Throws `KeyFileError`. */
export function publishedKeys(places: Places, appId: string): PublicKey[] {
  const file = places.publicKey(appId)
  return exists(file) ? loadPublicKeys(file) : []
}

/** The one public key in a file that the owner of an application handed in. Throws {@link RefusedError} or `KeyFileError`. */
export function readRegisteredKey(file: string): PublicKey {
  const [key, ...more] = loadPublicKeys(file)
  if (!key || more.length > 0) throw new RefusedError(`${file}: must hold exactly one public key.`)
  return key
}

/** A block for a public-key file. Its time is text above it (RFC 7468 §2), since file times are lost on mounts. */
export function publicBlock(key: PublicKey['key'], created: string): string {
  return `created: ${created}\n${key.export({ type: 'spki', format: 'pem' })}`
}

/**
 * Puts a key on top of an application's public-key file. Resolves to false if it is on top already. Throws
 * {@link RefusedError} when the file is full, the key belongs to another application or the application is revoked, and
 * what `refuseReplaced` throws. It is called under the lock, before a key is published.
 */
export async function publishKey(
  places: Places,
  application: Application,
  { keyId, key }: PublicKey,
  now: number,
  refuseReplaced = () => {},
): Promise<boolean> {
  const file = places.publicKey(application.appId)
  let isNew = false
  refuseForeignKey(readKeyHolders(places), keyId, file)
  await updateFile(file, (text) => {
    refuseMarked(places, application)
    const existing = readPublicKeys(text, file)
    if (existing[0]?.keyId === keyId) return text
    refuseReplaced()
    if (existing.some((other) => other.keyId === keyId))
      throw new RefusedError(
        `${shown(file)}: holds this key already, below a newer one. Make a new key pair.`,
      )
    refuseFull(places, application, existing, now)
    isNew = true
    // A byte order mark that is not at the start of the file would be a character of its text.
    return `${publicBlock(key, new Date(now).toISOString())}${text.replace(/^\uFEFF/, '')}`
  })
  return isNew
}

/** Throws {@link RefusedError} if the file has no room for another key. The message says when it will have. */
export function refuseFull(
  places: Places,
  application: Application,
  existing: readonly PublicKey[],
  now: number,
): void {
  const [newest] = existing
  if (!newest || existing.length < MAXIMUM_BLOCKS) return
  const seconds = secondsLeft(timeOfRotation(places, application, newest), { now })
  const when = seconds > 0 ? `In ${seconds} s, when all tokens of the old keys have expired` : 'First'
  throw new RefusedError(
    `${shown(places.publicKey(application.appId))}: holds ${MAXIMUM_BLOCKS} keys, and has no room for another. ${when}: npm run keys -- retire ${application.name}`,
  )
}

/**
 * Removes all public keys of an application: from then on, no token of it is accepted. Returns whether there was a file. If
 * the file cannot be removed, or `keepFile` is true, it is emptied: an empty file has no keys either, and needs no space on
 * the disk.
 */
export function removePublishedKeys(places: Places, appId: string, { keepFile = false } = {}): boolean {
  const file = places.publicKey(appId)
  if (!exists(file)) return false
  if (keepFile) truncateSync(file)
  else removeOrEmpty(file)
  return true
}

function removeOrEmpty(file: string): void {
  try {
    rmSync(file, { force: true })
  } catch (error) {
    try {
      truncateSync(file)
    } catch {
      throw error
    }
  }
}

/** By key ID, the public-key files that hold the key. */
export type KeyHolders = Map<string, string[]>

/** Reads the whole folder of public keys once. The result serves many calls of {@link refuseForeignKey}. */
export function readKeyHolders({ publicKeys }: Places): KeyHolders {
  const holders: KeyHolders = new Map()
  const names = exists(publicKeys) ? readdirSync(publicKeys) : []
  for (const name of names.filter((name) => name.endsWith('_public.pem'))) {
    const file = join(publicKeys, name)
    for (const keyId of keyIdsIn(file)) holders.set(keyId, [...(holders.get(keyId) ?? []), file])
  }
  return holders
}

/**
 * Throws {@link RefusedError} if another file than `own` holds a key: two applications with one key could act in each
 * other's name.
 */
export function refuseForeignKey(holders: KeyHolders, keyId: string, own: string): void {
  const other = holders.get(keyId)?.find((file) => file !== own)
  if (other)
    throw new RefusedError(`${shown(other)}: holds a key of ${shown(own)}. Each application needs its own.`)
}

/** An invalid file of one application does not stop the others. It is reported when that application is provisioned. */
function keyIdsIn(file: string): string[] {
  try {
    return loadPublicKeys(file).map(({ keyId }) => keyId)
  } catch (error) {
    if (isExpected(error)) return []
    throw error
  }
}

/**
 * When an application began to sign with its newest key, in milliseconds since 1970: when its private key was replaced, if
 * that is kept here, but not before the public key was published. If the public key has no time, because a person put it
 * there, the time of its file counts.
 */
export function timeOfRotation(
  places: Places,
  application: Application,
  { created = '' }: PublicKey,
): number {
  const published = Date.parse(created)
  const replaced = writtenAt(places.privateKey(application))
  return Math.max(
    Number.isNaN(published) ? writtenAt(places.publicKey(application.appId)) : published,
    replaced,
  )
}

/** By the clock of this process, which may differ from that of a network file system; 0 if there is no file. */
function writtenAt(file: string): number {
  const stats = statsOf(file)
  return stats ? stats.mtimeMs - clockDifference(dirname(file)) : 0
}

/** Whole seconds until all tokens have expired that were signed before `time` (milliseconds since 1970); 0 if they have. */
export function secondsLeft(time: number, { now, wait = MAXIMUM_LIFETIME + LEEWAY }: Wait): number {
  return Math.max(0, Math.ceil(wait - (now - time) / 1000))
}

type Wait = {
  /** Milliseconds since 1970. */
  now: number
  /** The lifetime of a token and the leeway, in seconds. */
  wait?: number
}
