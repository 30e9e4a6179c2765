import jwt from 'jsonwebtoken'
import { describe, expect, it } from 'vitest'
import { AuthError, CHECKS } from './errors.ts'
import { createClock, createForge, type Defect, keyPair } from './testing.ts'
import { createVerifier } from './verify.ts'

const AUDIENCE = 'https://api.test:3000'
const clock = createClock()
const one = keyPair('one')
const unknownSigner = keyPair('unknown signer')
const forge = createForge({ appId: 'id-1', pair: one, audience: AUDIENCE, now: clock.now })

function open({ requireAudience = false } = {}) {
  const application = { appId: 'id-1', name: 'app-one', permissions: [] }
  const applications = { find: (appId: string) => (appId === 'id-1' ? application : undefined) }
  const keyRing = { keysOf: () => [{ keyId: one.keyId, key: one.publicKey }] }
  return createVerifier({ applications, keyRing, audiences: [AUDIENCE], requireAudience, now: clock.now })
}

function refusal(token: string, options = {}): AuthError {
  try {
    open(options)(token)
  } catch (error) {
    if (error instanceof AuthError) return error
    throw error
  }
  throw new Error('the token was accepted')
}

describe('verifyToken refuses what jsonwebtoken accepts:', () => {
  const verifies = (token: string, key = one.publicKey) =>
    jwt.verify(token, key, { algorithms: ['RS512'], clockTimestamp: clock.seconds() })

  it.each<[string, Defect, string]>([
    ['an unknown crit', { header: { crit: ['x'], x: 1 } }, 'token_malformed'],
    ['a token without exp', { payload: { exp: undefined } }, 'token_malformed'],
    ['an exp ten years away', { payload: { exp: clock.seconds() + 315_360_000 } }, 'token_lifetime_too_long'],
    ['a token without iat', { payload: { iat: undefined } }, 'token_malformed'],
    ['an iat in the future', { payload: { iat: clock.seconds() + 200 } }, 'token_issued_in_future'],
    ['another type', { header: { typ: 'at+jwt' } }, 'token_malformed'],
    ['another audience', { payload: { aud: 'https://elsewhere' } }, 'audience_mismatch'],
    ['another issuer', { payload: { iss: 'id-2' } }, 'issuer_mismatch'],
  ])('%s', (_, defect, code) => {
    const token = forge(defect)

    expect(() => verifies(token)).not.toThrow()
    expect(refusal(token).code).toBe(code)
  })
})

describe('the order of the checks', () => {
  it('gives the first fault as the answer', () => {
    const now = clock.seconds()
    const faults: [answer: string, correction: Defect][] = [
      ['shape token_malformed', { encode: (bytes) => bytes.toString('base64url') }],
      ['algorithm algorithm_not_allowed', { header: { alg: 'RS512' } }],
      ['critical token_malformed', { header: { crit: undefined } }],
      ['type token_malformed', { header: { typ: 'JWT' } }],
      ['claims token_malformed', { payload: { scope: 'users:read' } }],
      ['times token_expired', { payload: { exp: now } }],
      ['times token_not_yet_valid', { payload: { nbf: now } }],
      ['times token_issued_in_future', { payload: { iat: now } }],
      ['lifetime token_malformed', { payload: { exp: now + 301 } }],
      ['lifetime token_lifetime_too_long', { payload: { exp: now + 300 } }],
      ['issuer issuer_mismatch', { payload: { iss: 'unlisted' } }],
      ['audience audience_mismatch', { payload: { aud: undefined } }],
      ['audience audience_missing', { payload: { aud: AUDIENCE } }],
      ['application token_rejected', { payload: { appId: 'id-1', iss: 'id-1' } }],
      ['key token_rejected', { header: { kid: one.keyId } }],
      ['signature token_rejected', { privateKey: one.privateKey }],
    ]
    let defect: Defect = {
      encode: (bytes) => `${bytes.toString('base64url')}=`,
      header: { alg: 'RS256', crit: ['x'], typ: 'JOSE', kid: 'unknown' },
      payload: {
        appId: 'unlisted',
        scope: null,
        exp: now - 5,
        nbf: now + 6,
        iat: now + 6,
        iss: 'else',
        aud: 'https://elsewhere',
      },
      privateKey: unknownSigner.privateKey,
    }

    for (const [answer, correction] of faults) {
      const { check, code } = refusal(forge(defect), { requireAudience: true })
      expect(`${check} ${code}`).toBe(answer)
      defect = {
        ...defect,
        ...correction,
        header: { ...(defect.header as object), ...(correction.header as object) },
        payload: { ...(defect.payload as object), ...(correction.payload as object) },
      }
    }

    expect(open({ requireAudience: true })(forge(defect)).caller.name).toBe('app-one')
    const order = [...new Set(faults.map(([answer]) => answer.split(' ')[0]))]
    expect(order).toEqual(CHECKS.slice(1, -1))
  })
})
