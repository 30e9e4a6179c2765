import jwt from 'jsonwebtoken'
import { LEEWAY } from './claims.ts'
import type { PublicKey } from './key-file.ts'
import { ALGORITHM } from './token.ts'

/**
 * The key that verifies the token's signature (RFC 7515 §5.2), if one of them does. `now` in seconds: the same clock
 * and leeway as in the checks of the claims, so that a first and a remembered verification judge alike.
 */
export function verifySignature(
  token: string,
  keys: readonly PublicKey[],
  now: number,
): PublicKey | undefined {
  return keys.find(({ key }) => {
    try {
      jwt.verify(token, key, { algorithms: [ALGORITHM], clockTimestamp: now, clockTolerance: LEEWAY })
      return true
    } catch {
      return false
    }
  })
}
