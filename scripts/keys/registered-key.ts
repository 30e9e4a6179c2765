import { loadPublicKeys, type PublicKey } from '@signet/auth'
import { RefusedError } from './errors.ts'

/** The one public key in a file that an application's owner handed in. Throws {@link RefusedError} or `KeyFileError`. */
export function readRegisteredKey(file: string): PublicKey {
  const [key, ...more] = loadPublicKeys(file)
  if (!key || more.length > 0) throw new RefusedError(`${file}: must hold exactly one public key.`)
  return key
}
