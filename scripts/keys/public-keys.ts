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
import { isThere, type Places, shown, statsOf } from './places.ts'
import { refuseRevokedOnDisk } from './revocation.ts'

/** The public keys of an application, newest first; none when there is no file. Throws `KeyFileError`. */
export function publishedKeys(places: Places, appId: string): PublicKey[] {
  const file = places.publicKey(appId)
  return isThere(file) ? loadPublicKeys(file) : []
}

/** A block for a public-key file, with its time above it (RFC 7468 §2), since file times are lost on mounts. */
export function publicBlock(key: PublicKey['key'], created: string): string {
  return `created: ${created}\n${key.export({ type: 'spki', format: 'pem' })}`
}

/**
 * Puts a key on top of an application's public-key file, unless it stands there already. Resolves to whether it did.
 * Throws {@link RefusedError} when the file is full, the key is another application's or the application is revoked.
 */
export async function publishKey(
  places: Places,
  application: Application,
  { keyId, key }: PublicKey,
  now: number,
): Promise<boolean> {
  const file = places.publicKey(application.appId)
  let isNew = false
  refuseForeignKey(readKeyHolders(places), keyId, file)
  await updateFile(file, (text) => {
    refuseRevokedOnDisk(places, application)
    const standing = readPublicKeys(text, file)
    if (standing[0]?.keyId === keyId) return text
    if (standing.some((other) => other.keyId === keyId))
      throw new RefusedError(
        `${shown(file)}: this key stands there already, below a newer one. Make a new key pair.`,
      )
    refuseFull(places, application, standing, now)
    isNew = true
    // Behind the first block a byte order mark would be a letter of the text.
    return `${publicBlock(key, new Date(now).toISOString())}${text.replace(/^\uFEFF/, '')}`
  })
  return isNew
}

/** Throws {@link RefusedError} when no key fits on top of those that stand there, and says when one will. */
export function refuseFull(
  places: Places,
  application: Application,
  standing: readonly PublicKey[],
  now: number,
): void {
  const [newest] = standing
  if (!newest || standing.length < MAXIMUM_BLOCKS) return
  const seconds = secondsLeft(timeOfRotation(places, application, newest), { now })
  const when = seconds > 0 ? `In ${seconds} s, when all tokens of the old keys have expired` : 'First'
  throw new RefusedError(
    `${shown(places.publicKey(application.appId))}: holds ${MAXIMUM_BLOCKS} keys, no more fit. ${when}: npm run keys -- retire ${application.name}`,
  )
}

/**
 * Takes away all keys of an application: from now on nobody can prove to be it. Answers whether there was a file. One that
 * cannot be removed, or shall be kept, is left empty: that has no keys either, and needs no room on the disk.
 */
export function removePublishedKeys(places: Places, appId: string, { keepFile = false } = {}): boolean {
  const file = places.publicKey(appId)
  if (!isThere(file)) return false
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

/** Reads the whole folder of public keys: once, for many a {@link refuseForeignKey}. */
export function readKeyHolders({ publicKeys }: Places): KeyHolders {
  const holders: KeyHolders = new Map()
  const names = isThere(publicKeys) ? readdirSync(publicKeys) : []
  for (const name of names.filter((name) => name.endsWith('_public.pem'))) {
    const file = join(publicKeys, name)
    for (const keyId of keyIdsIn(file)) holders.set(keyId, [...(holders.get(keyId) ?? []), file])
  }
  return holders
}

/** Throws {@link RefusedError} when a key stands in another file than its own: two applications could be each other. */
export function refuseForeignKey(holders: KeyHolders, keyId: string, own: string): void {
  const other = holders.get(keyId)?.find((file) => file !== own)
  if (other)
    throw new RefusedError(`${shown(other)}: holds a key of ${shown(own)}. Each application needs its own.`)
}

/** A neighbour's broken file is no fault of this application: it is told when that one's turn comes. */
function keyIdsIn(file: string): string[] {
  try {
    return loadPublicKeys(file).map(({ keyId }) => keyId)
  } catch (error) {
    if (isExpected(error)) return []
    throw error
  }
}

/** The one public key in a file that an application's owner handed in. Throws {@link RefusedError} or `KeyFileError`. */
export function readRegisteredKey(file: string): PublicKey {
  const [key, ...more] = loadPublicKeys(file)
  if (!key || more.length > 0) throw new RefusedError(`${file}: must hold exactly one public key.`)
  return key
}

/**
 * Milliseconds since 1970. The private key, where it is here, was replaced some time after the public one was made
 * known. A public key without a time was put there by hand, and says nothing: its file's time must do.
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

/** By our clock, which is not always that of a network file system; 0 if there is no file. */
function writtenAt(file: string): number {
  const stats = statsOf(file)
  return stats ? stats.mtimeMs - clockDifference(dirname(file)) : 0
}

/** Whole seconds until no token can be alive that was signed before `time` (milliseconds since 1970); 0 when none can. */
export function secondsLeft(time: number, { now, wait = MAXIMUM_LIFETIME + LEEWAY }: Wait): number {
  return Math.max(0, Math.ceil(wait - (now - time) / 1000))
}

type Wait = {
  now: number
  /** Seconds that a token may live, and the leeway. */
  wait?: number
}
