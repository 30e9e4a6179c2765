import { randomUUID } from 'node:crypto'
import { type Sign, type Signer, signWith } from './signing.ts'

/**
 * The limits of the pattern. They are repeated here on purpose: if they were imported from the library, the attacks would
 * follow when the library changes a limit by mistake.
 */
export const ALGORITHM = 'RS512'

/** The maximum lifetime of a token, in seconds. */
export const MAXIMUM_LIFETIME = 300

/** The clock difference that is tolerated, in seconds. */
export const LEEWAY = 5

/** What tokens are forged with. */
export type Material = Readonly<{
  /** An application that the API knows. */
  application: Signer
  /** A second one, if there is one. */
  other?: Signer | undefined
  /** A signer that the API does not know. */
  unknownSigner: Signer
  /** The API's name in `aud`: its origin. */
  audience: string
  /** Whole seconds since 1970 by the API's clock. */
  now: number
  /** Seconds by which times keep away from their limits, because the API's clock is not known exactly. */
  margin?: number
  /** The claim that holds the application's ID. */
  claim?: string
  /** The header field that carries the token. `authorization` carries it as Bearer. */
  field?: string
  path?: string
  /** The jti of the good token. Without it, each token has a new one. */
  tokenId?: string
}>

/** Makes tokens: `token()` returns a good one, `token({ … })` a good one with these changes. */
export type Forge = Required<Omit<Material, 'tokenId'>> & {
  token(forgery?: Forgery): string
  /** The value of the header field that carries this token. */
  carried(token: string): string
}

/** Text or bytes; members that replace the good ones (`undefined` removes one); or a function of the good text. */
export type Part = string | Buffer | Readonly<Record<string, unknown>> | ((good: string) => string | Buffer)

/** How a token differs from a good one. Everything else stays right, the signature included. */
export type Forgery = Readonly<{
  header?: Part
  claims?: Part
  /** Is put into the claim of the ID and into `iss`, so that the two agree. */
  appId?: unknown
  encode?: Partial<Record<'header' | 'claims' | 'signature', (bytes: Buffer) => string>>
  sign?: Sign
  /** Joins the three parts to a token. */
  assemble?: (header: string, claims: string, signature: string) => string
}>

/** Returns a forge for tokens of `application`. It does not use the library that is tested with them. */
export function createForge(material: Material): Forge {
  const { application, claim = 'appId', field = 'x-token', path = '/', margin = 2, other } = material
  const { audience, now, tokenId } = material

  function token(forgery: Forgery = {}): string {
    const { header = {}, claims = {}, encode = {}, assemble = compact } = forgery
    const { sign = signWith(ALGORITHM, application.privateKey) } = forgery
    const appId = 'appId' in forgery ? forgery.appId : application.appId
    const goodHeader = { alg: ALGORITHM, typ: 'JWT', kid: application.keyId }
    const times = { iat: now, exp: now + MAXIMUM_LIFETIME }
    const goodClaims = { [claim]: appId, iss: appId, aud: audience, ...times, jti: tokenId ?? randomUUID() }

    const first = (encode.header ?? base64url)(bytesOf(header, goodHeader))
    const second = (encode.claims ?? base64url)(bytesOf(claims, goodClaims))
    const third = (encode.signature ?? base64url)(sign(`${first}.${second}`))
    return assemble(first, second, third)
  }

  function carried(value: string): string {
    return field.toLowerCase() === 'authorization' ? `Bearer ${value}` : value
  }

  return { ...material, other, claim, field, path, margin, token, carried }
}

export function base64url(bytes: Buffer): string {
  return bytes.toString('base64url')
}

/** RFC 7515 §3.1. */
function compact(...parts: string[]): string {
  return parts.join('.')
}

function bytesOf(part: Part, good: object): Buffer {
  if (typeof part === 'function') return Buffer.from(part(JSON.stringify(good)))
  if (typeof part === 'string' || Buffer.isBuffer(part)) return Buffer.from(part)
  return Buffer.from(JSON.stringify({ ...good, ...part }))
}
