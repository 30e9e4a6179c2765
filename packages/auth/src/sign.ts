import { type KeyObject, randomUUID } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { MAXIMUM_LIFETIME } from './claims.ts'
import { thumbprint } from './key-pair.ts'
import { ALGORITHM } from './token.ts'

/**
 * The application's side: a signed token that says "I am `appId`" for `lifetime` seconds. `audience` is the origin of the
 * API that the token is for. `scope` narrows the permissions (space-separated).
 * @example signToken({ appId: 'reporting', privateKey, audience: 'https://api.example.com' })
 */
export function signToken(options: SignOptions): string {
  const { appId, privateKey, audience, scope, lifetime = MAXIMUM_LIFETIME } = options
  const { keyId = thumbprint(privateKey), tokenId = randomUUID(), now = Date.now } = options
  const claims = { appId, iat: Math.floor(now() / 1000), scope }
  return jwt.sign(claims, privateKey, {
    algorithm: ALGORITHM,
    expiresIn: lifetime,
    keyid: keyId,
    issuer: appId,
    jwtid: tokenId,
    ...(audience !== undefined && { audience }),
  })
}

export type SignOptions = {
  appId: string
  privateKey: KeyObject
  audience?: string
  scope?: string
  lifetime?: number
  /** The thumbprint of `privateKey`, to save computing it. */
  keyId?: string
  tokenId?: string
  now?: () => number
}
