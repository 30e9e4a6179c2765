import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { APP_ID } from './applications.ts'
import { AuthError, KeyFileError } from './errors.ts'
import { loadPublicKeys, type PublicKey, publicKeyFile } from './key-file.ts'
import { pollFile } from './polled-file.ts'

/** Milliseconds for which the last good keys stay in use when their file can no longer be parsed. */
const GRACE = 60_000

export type KeyRing = {
  /**
   * The keys that verify an application's tokens now, newest first. Throws {@link AuthError} `unavailable` when they
   * cannot be read: old keys could outlive a revocation.
   */
  keysOf(appId: string): readonly PublicKey[]
}

/**
 * A cache over a folder of `<appId>_public.pem`, filled on demand: start-up costs nothing, and a change is seen within
 * a second. `onFault` is called with the error of each file that cannot be used, once for each fault.
 * @example const keyRing = openKeyRing({ folder: 'public-keys', onFault: console.error })
 */
export function openKeyRing({ folder, now = Date.now, onFault = () => {} }: KeyRingOptions): KeyRing {
  const files = new Map<string, () => KeyFile>()

  function open(appId: string): () => KeyFile {
    const file = join(folder, publicKeyFile(appId))
    const load = (): KeyFile => ({ state: 'good', keys: loadPublicKeys(file) })
    const read = pollFile<KeyFile>({ file, load, recover, now })
    files.set(appId, read)
    return read
  }

  function recover(error: NodeJS.ErrnoException, last: KeyFile | undefined): KeyFile {
    if (error.code === 'ENOENT' && isFolder(folder)) return { state: 'good', keys: [] }
    if (last && last.state !== 'good' && last.fault.message === error.message) return last
    onFault(error)
    if (!(error instanceof KeyFileError)) return { state: 'unreadable', fault: error }
    if (last?.state === 'invalid') return { ...last, fault: error }
    const lastKeys = last?.state === 'good' ? last.keys : []
    return { state: 'invalid', fault: error, lastKeys, until: now() + GRACE }
  }

  return {
    keysOf(appId) {
      if (!APP_ID.test(appId)) return []
      const file = (files.get(appId) ?? open(appId))()
      if (file.state === 'unreadable')
        throw new AuthError('unavailable', 'key', { reason: file.fault.message })
      if (file.state === 'invalid') return now() < file.until ? file.lastKeys : []
      return file.keys
    },
  }
}

type KeyRingOptions = {
  folder: string
  now?: () => number
  onFault?: (fault: Error) => void
}

/** A key file as it was last seen. A file that is gone is good, and has no keys. */
type KeyFile =
  | { state: 'good'; keys: readonly PublicKey[] }
  | { state: 'invalid'; fault: Error; lastKeys: readonly PublicKey[]; until: number }
  | { state: 'unreadable'; fault: Error }

/** A missing file means an application without keys. A missing folder means that no key can be read. */
function isFolder(path: string): boolean {
  return existsSync(`${path}/.`)
}
