import jwt, { type JwtPayload } from 'jsonwebtoken'
import { describe, expect, it } from 'vitest'
import { signToken } from './sign.ts'
import { createClock, keyPair } from './testing.ts'

const { privateKey, publicKey, keyId } = keyPair()
const clock = createClock(1_769_860_800_999)

function read(token: string) {
  const { header, payload } = jwt.decode(token, { complete: true }) as jwt.Jwt
  return { header, payload: payload as JwtPayload }
}

describe('signToken', () => {
  const base = { appId: 'id-1', privateKey, now: clock.now }

  it('has the claims of the contract, and no other', () => {
    const token = signToken({ ...base, audience: 'https://api', scope: 'users:read', tokenId: 'one' })

    expect(read(token)).toEqual({
      header: { alg: 'RS512', typ: 'JWT', kid: keyId },
      payload: {
        appId: 'id-1',
        iss: 'id-1',
        aud: 'https://api',
        scope: 'users:read',
        jti: 'one',
        iat: 1_769_860_800,
        exp: 1_769_861_100,
      },
    })
  })

  it('is signed with the private key', () => {
    const clockTimestamp = clock.seconds()

    expect(() =>
      jwt.verify(signToken(base), publicKey, { algorithms: ['RS512'], clockTimestamp }),
    ).not.toThrow()
    expect(() =>
      jwt.verify(signToken(base), keyPair('other').publicKey, { algorithms: ['RS512'], clockTimestamp }),
    ).toThrow()
  })

  it('leaves out audience and scope when there are none', () => {
    expect(Object.keys(read(signToken(base)).payload).sort()).toEqual(['appId', 'exp', 'iat', 'iss', 'jti'])
  })

  it('keeps an empty scope, which permits nothing', () => {
    expect(read(signToken({ ...base, scope: '' })).payload.scope).toBe('')
  })

  it('has the requested lifetime', () => {
    const { iat = 0, exp } = read(signToken({ ...base, lifetime: 60 })).payload

    expect(exp).toBe(iat + 60)
  })

  it('has another token ID each time', () => {
    const { jti } = read(signToken(base)).payload

    expect(jti).toMatch(/^[0-9a-f-]{36}$/)
    expect(read(signToken(base)).payload.jti).not.toBe(jti)
  })

  it('takes a known key ID', () => {
    expect(read(signToken({ ...base, keyId: 'known' })).header.kid).toBe('known')
  })

  it("uses the system's clock by default", () => {
    const before = Math.floor(Date.now() / 1000)
    const { iat } = read(signToken({ appId: 'id-1', privateKey })).payload

    expect(iat).toBeGreaterThanOrEqual(before)
    expect(iat).toBeLessThanOrEqual(Date.now() / 1000)
  })
})
