import { randomUUID } from 'node:crypto'
import type { Signer } from './signing.ts'
import { type Sign, signWith } from './signing.ts'

/** What there is to forge with. */
export type Material = Readonly<{
  /** An application that the API knows, and a second one, if there is one. */
  application: Signer
  other?: Signer | undefined
  /** A key pair that the API has never seen. */
  unknownSigner: Signer
  /** What the API is called in `aud`: its origin. */
  audience: string
  /** Seconds since 1970 by the API's clock, whole. */
  now: number
  /** Seconds that a time stays away from its bound, since that clock is only known so well. */
  margin?: number
  /** The claim that holds the application's ID. */
  claim?: string
  /** The header field that carries the token; `authorization` carries it as Bearer. */
  field?: string
  path?: string
  /** The jti of the good token; a new one each time, unless it is given. */
  tokenId?: string
}>

/** What the token forge makes of it: `token()` is good, `token({ … })` has what is said there. */
export type Forge = Required<Omit<Material, 'tokenId'>> & {
  token(forgery?: Forgery): string
  /** The value of the header field that carries this token. */
  carried(token: string): string
}

/** Raw text or bytes; members to lay over the good ones (`undefined` takes one away); or a change of the good text. */
export type Part = string | Buffer | Readonly<Record<string, unknown>> | ((good: string) => string | Buffer)

/** Where a token departs from a good one. Whatever is not said is as it should be, the signature included. */
export type Forgery = Readonly<{
  header?: Part
  claims?: Part
  /** Goes into its claim and into `iss`, so that the two agree. */
  appId?: unknown
  encode?: Partial<Record<'header' | 'claims' | 'signature', (bytes: Buffer) => string>>
  sign?: Sign
  /** Makes the token of its three parts. */
  assemble?: (header: string, claims: string, signature: string) => string
}>

/** Returns a forge that makes tokens of `application` by hand, without the library that is to be tried. */
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

/**
 * What the pattern promises, written down a second time on purpose: taken from the library, an attack would move with
 * the very bound that it tries.
 */
export const ALGORITHM = 'RS512'

/** Seconds that a token may live, and by which clocks may differ. */
export const MAXIMUM_LIFETIME = 300
export const LEEWAY = 5
