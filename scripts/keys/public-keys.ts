import { rmSync, truncateSync } from 'node:fs'
import {
  type Application,
  loadPublicKeys,
  MAXIMUM_BLOCKS,
  type PublicKey,
  readPublicKeys,
} from '@signet/auth'
import { RefusedError } from './errors.ts'
import { isThere } from './file-state.ts'
import { readKeyHolders, refuseForeignKey } from './key-holders.ts'
import { type Places, shown } from './places.ts'
import { refuseRevokedOnDisk } from './revocation.ts'
import { secondsLeft, timeOfRotation } from './rotation-time.ts'
import { updateFile } from './update-file.ts'

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
