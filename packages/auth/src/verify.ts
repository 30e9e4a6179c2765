import type { Application, ApplicationRegistry } from './applications.ts'
import { type Claims, checkClaims } from './claims.ts'
import { AuthError } from './errors.ts'
import type { KeyRing } from './key-ring.ts'
import { narrow } from './permissions.ts'
import { digestOf, rememberSignatures } from './remembered-signatures.ts'
import { verifySignature } from './signature.ts'
import { readToken } from './token.ts'

/** Who calls, and what it may do with this token. `keyId` is the key that proved it. */
export type Caller = Readonly<{ appId: string; name: string; permissions: readonly string[]; keyId: string }>

/** `remembered`: this token's signature was verified before, and not computed again. */
export type VerifyToken = (token: string) => { caller: Caller; claims: Claims; remembered: boolean }

/**
 * The API's side: returns a function that says who sent a token, or throws {@link AuthError}. Read the token, check
 * its claims, find its application and that one's keys, verify the signature.
 */
export function createVerifier(options: VerifierOptions): VerifyToken {
  const { applications, keyRing, audiences, requireAudience = false, now = Date.now } = options
  const signatures = rememberSignatures({ now })

  return function verifyToken(token) {
    const time = now() / 1000
    const digest = digestOf(token)
    const known = signatures.recall(digest)

    const { header, claims } = known?.token ?? readToken(token)
    checkClaims(claims, { now: time, audiences, requireAudience })
    const application = admit(applications.find(claims.appId))
    const keys = keyRing.keysOf(claims.appId)
    let key = known && keys.includes(known.key) ? known.key : undefined
    if (!key) {
      key = verifySignature(token, keysNamed(header.kid, keys), time)
      if (!key)
        throw new AuthError('token_rejected', 'signature', { reason: 'no key verifies the signature' })
      signatures.remember(digest, { token: { header, claims }, key })
    }

    const permissions = narrow(application.permissions, claims.scope)
    const caller = { appId: application.appId, name: application.name, permissions, keyId: key.keyId }
    return { caller, claims, remembered: key === known?.key }
  }
}

type VerifierOptions = {
  applications: Pick<ApplicationRegistry, 'find'>
  keyRing: KeyRing
  /** What this service is called in `aud`: origins such as `https://localhost:3000`. */
  audiences: readonly string[]
  /** Refuse tokens without `aud`, which another service could replay here (RFC 8725 §3.9). */
  requireAudience?: boolean
  now?: () => number
}

function admit(application: Application | undefined): Application {
  if (!application)
    throw new AuthError('token_rejected', 'application', { reason: 'the application is not listed' })
  if (application.revokedAt)
    throw new AuthError('token_rejected', 'application', { reason: 'the application is revoked' })
  return application
}

/** A `kid` is never ignored: it names one key of this application, or none. */
function keysNamed<Key extends { keyId: string }>(
  kid: string | undefined,
  keys: readonly Key[],
): readonly Key[] {
  const named = kid === undefined ? keys : keys.filter(({ keyId }) => keyId === kid)
  if (named.length === 0)
    throw new AuthError('token_rejected', 'key', { reason: 'the application has no such key' })
  return named
}
