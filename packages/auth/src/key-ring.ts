import { statSync } from 'node:fs'
import { join } from 'node:path'
import { APP_ID } from './applications.ts'
import { AuthError, KeyFileError } from './errors.ts'
import { loadPublicKeys, type PublicKey, publicKeyFile } from './key-file.ts'
import { pollFile } from './polled-file.ts'

/** Milliseconds for which the last good keys serve when their file can no longer be parsed. */
const GRACE = 60_000

export type KeyRing = {
  /**
   * The keys under which an application's tokens are good now, newest first. Throws {@link AuthError} `unavailable`
   * when they cannot be read: stale keys would outlive a revocation.
   */
  keysOf(appId: string): readonly PublicKey[]
}

/**
 * A cache over a folder of `<appId>_public.pem`, filled on demand: start-up costs nothing, and a change is seen within
 * a second. `onFault` hears of each file that cannot be used, once for each fault.
 */
export function openKeyRing({ folder, now = Date.now, onFault = () => {} }: KeyRingOptions): KeyRing {
  const files = new Map<string, () => Held>()

  function open(appId: string): () => Held {
    const file = join(folder, publicKeyFile(appId))
    const load = () => ({ keys: loadPublicKeys(file) })
    const read = pollFile<Held>({ file, load, recover, now })
    files.set(appId, read)
    return read
  }

  function recover(error: NodeJS.ErrnoException, last: Held | undefined): Held {
    if (error.code === 'ENOENT' && isFolder(folder)) return { keys: [] }
    if (last?.fault?.message === error.message) return last
    onFault(error)
    if (!(error instanceof KeyFileError)) return { keys: [], fault: error, unreadable: error }
    return { keys: last?.keys ?? [], fault: error, until: last?.until ?? now() + GRACE }
  }

  return {
    keysOf(appId) {
      if (!APP_ID.test(appId)) return []
      const { keys, until, unreadable } = (files.get(appId) ?? open(appId))()
      if (unreadable) throw new AuthError('unavailable', 'key', { reason: unreadable.message })
      return until === undefined || now() < until ? keys : []
    },
  }
}

type KeyRingOptions = {
  folder: string
  now?: () => number
  onFault?: (fault: Error) => void
}

type Held = { keys: readonly PublicKey[]; fault?: Error; until?: number; unreadable?: Error }

/** A missing file is an application without keys; a missing folder is a key store that is away. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
