import jwt from 'jsonwebtoken'
import type { Application, ApplicationRegistry, Caller } from './applications.ts'
import { type Claims, checkClaims, LEEWAY } from './claims.ts'
import { AuthError } from './errors.ts'
import type { PublicKey } from './key-file.ts'
import type { KeyRing } from './key-ring.ts'
import { narrow } from './permissions.ts'
import { rememberSignatures } from './remembered-signatures.ts'
import { ALGORITHM, type Header, readToken } from './token.ts'

/** `remembered`: the signature of this token was verified before, and was not computed again. */
export type VerifyToken = (token: string) => { caller: Caller; claims: Claims; remembered: boolean }

/**
 * The API's side: returns a function that says which application sent a token, or throws {@link AuthError}. It reads the
 * token, checks its claims, finds the application and its keys, and verifies the signature.
 * @example const verifyToken = createVerifier({ applications, keyRing, audiences: ['https://api.example.com'] })
 */
export function createVerifier(options: VerifierOptions): VerifyToken {
  const { applications, keyRing, audiences, requireAudience = true, now = Date.now } = options
  const signatures = rememberSignatures()
  const headers = new Map<string, Header>()

  return function verifyToken(token) {
    const time = now() / 1000
    const known = signatures.recall(token)

    const { header, claims } = known?.token ?? readToken(token, headers)
    checkClaims(claims, { now: time, audiences, requireAudience })
    const application = admit(applications.find(claims.appId))
    const keys = keyRing.keysOf(claims.appId)
    const remembered = known !== undefined && keys.includes(known.key)
    if (remembered && known.application === application) return { caller: known.caller, claims, remembered }

    const key = remembered ? known.key : verifySignature(token, keysNamed(header.kid, keys), time)
    if (!key) throw new AuthError('token_rejected', 'signature', { reason: 'no key verifies the signature' })
    const { appId, name } = application
    const permissions = Object.freeze([...narrow(application.permissions, claims.scope)])
    const caller = Object.freeze({ appId, name, permissions, keyId: key.keyId })
    signatures.remember(token, { token: { header, claims }, key, application, caller }, time)
    return { caller, claims, remembered }
  }
}

type VerifierOptions = {
  applications: Pick<ApplicationRegistry, 'find'>
  keyRing: KeyRing
  /** The origins of this service, which `aud` may name, such as `https://localhost:3000`. */
  audiences: readonly string[]
  /** True by default: refuse tokens without `aud`, which another service could replay here (RFC 8725 §3.9). */
  requireAudience?: boolean
  now?: () => number
}

function admit(application: Application | undefined): Application {
  if (application && !application.revokedAt) return application
  const reason = `the application is ${application ? 'revoked' : 'not listed'}`
  throw new AuthError('token_rejected', 'application', { reason })
}

/** A `kid` is never ignored. One that names no key of this application is refused. */
function keysNamed(kid: string | undefined, keys: readonly PublicKey[]): readonly PublicKey[] {
  const named = kid === undefined ? keys : keys.filter(({ keyId }) => keyId === kid)
  if (named.length === 0)
    throw new AuthError('token_rejected', 'key', { reason: 'the application has no such key' })
  return named
}

/**
 * The key that verifies the token's signature (RFC 7515 §5.2); undefined when none does. `now` in seconds. Clock and leeway
 * are those of the claims' checks, so that a first and a remembered verification give the same answer.
 * @example verifySignature(token, loadPublicKeys(file), Date.now() / 1000)?.keyId
 */
export function verifySignature(token: string, keys: readonly PublicKey[], now: number) {
  return keys.find(({ key }) => {
    try {
      jwt.verify(token, key, { algorithms: [ALGORITHM], clockTimestamp: now, clockTolerance: LEEWAY })
      return true
    } catch {
      return false
    }
  })
}
