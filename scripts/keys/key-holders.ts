import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { loadPublicKeys } from '@signet/auth'
import { isExpected, RefusedError } from './errors.ts'
import { isThere } from './file-state.ts'
import { type Places, shown } from './places.ts'

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
