import { describe, expect, it } from 'vitest'
import { type Claims, checkClaims, type Policy, readClaims } from './claims.ts'
import { AuthError } from './errors.ts'

const NOW = 1_769_860_800
const GOOD = { appId: 'id-1', iat: NOW, exp: NOW + 300 }
const POLICY: Policy = {
  now: NOW,
  audiences: ['https://api.test:3000', 'https://api'],
  requireAudience: false,
}

function fault(act: () => unknown): string | undefined {
  try {
    act()
  } catch (error) {
    if (error instanceof AuthError) return `${error.check}: ${error.code}`
    throw error
  }
  return undefined
}

function check(claims: Partial<Claims>, policy: Partial<Policy> = {}): string | undefined {
  return fault(() => checkClaims({ ...GOOD, ...claims }, { ...POLICY, ...policy }))
}

describe('readClaims', () => {
  const read = (claims: object) => readClaims({ ...GOOD, ...claims })

  it('gives the claims as they are, unknown ones too', () => {
    const claims = { ...GOOD, nbf: 0, iss: '', aud: ['a'], scope: '', jti: null, other: {} }

    expect(readClaims(claims)).toBe(claims)
  })

  it.each(['appId', 'iat', 'exp'])('asks for %s', (name) => {
    expect(() => read({ [name]: undefined })).toThrow(
      expect.objectContaining({
        code: 'token_malformed',
        check: 'claims',
        reason: `${name} is missing or of a wrong type`,
      }),
    )
  })

  it.each(['nbf', 'iss', 'aud', 'scope', 'jti'])('does not ask for %s', (name) => {
    expect(fault(() => read({ [name]: undefined }))).toBeUndefined()
  })

  describe.each(['appId', 'iss', 'scope'])('%s', (name) => {
    it.each([null, false, true, 0, 1, [], ['id-1'], {}])('is not %j', (value) => {
      expect(fault(() => read({ [name]: value }))).toBe('claims: token_malformed')
    })
  })

  describe.each(['iat', 'exp', 'nbf'])('%s', (name) => {
    it.each([null, false, true, '', '1769860800', [], [NOW], {}, -1, -0.001, JSON.parse('1e999')])(
      'is not %j',
      (value) => {
        expect(fault(() => read({ [name]: value }))).toBe('claims: token_malformed')
      },
    )

    it.each([0, 0.5, NOW, 1e300])('may be %d', (value) => {
      expect(fault(() => read({ [name]: value }))).toBeUndefined()
    })
  })

  describe('aud', () => {
    it.each([null, false, 0, 1, '', [], {}, [1], ['https://api', null], [['https://api']]])(
      'is not %j',
      (aud) => {
        expect(fault(() => read({ aud }))).toBe('claims: token_malformed')
      },
    )

    it.each(['https://api', ['https://api'], ['https://api', 'other']])('may be %j', (aud) => {
      expect(fault(() => read({ aud }))).toBeUndefined()
    })
  })
})

describe('checkClaims', () => {
  it('accepts valid claims', () => {
    expect(check({})).toBeUndefined()
  })

  it.each([
    [4.999, undefined],
    [5, 'times: token_expired'],
    [5.001, 'times: token_expired'],
    [100_000, 'times: token_expired'],
  ])('%d seconds after exp: %s', (late, answer) => {
    expect(check({}, { now: GOOD.exp + late })).toBe(answer)
  })

  it.each([
    [5, undefined],
    [5.001, 'times: token_not_yet_valid'],
    [100_000, 'times: token_not_yet_valid'],
  ])('%d seconds before nbf: %s', (early, answer) => {
    expect(check({ nbf: NOW + early })).toBe(answer)
  })

  it.each([
    [5, undefined],
    [5.001, 'times: token_issued_in_future'],
    [100, 'times: token_issued_in_future'],
  ])('%d seconds before iat: %s', (early, answer) => {
    expect(check({ iat: NOW + early })).toBe(answer)
  })

  it.each([
    [-1, 'lifetime: token_malformed'],
    [0, 'lifetime: token_malformed'],
    [0.001, undefined],
    [300, undefined],
    [300.000001, 'lifetime: token_lifetime_too_long'],
    [315_360_000, 'lifetime: token_lifetime_too_long'],
  ])('a lifetime of %d seconds: %s', (lifetime, answer) => {
    expect(check({ exp: NOW + lifetime })).toBe(answer)
  })

  it.each([
    ['id-1', undefined],
    ['id-2', 'issuer: issuer_mismatch'],
    ['ID-1', 'issuer: issuer_mismatch'],
    ['', 'issuer: issuer_mismatch'],
  ])('the issuer %j: %s', (iss, answer) => {
    expect(check({ iss })).toBe(answer)
  })

  it.each([
    ['https://api.test:3000', undefined],
    ['https://api', undefined],
    ['https://api.test', 'audience: audience_mismatch'],
    ['https://api.test:3000/', 'audience: audience_mismatch'],
    ['HTTPS://API', 'audience: audience_mismatch'],
    [['other', 'https://api'], undefined],
    [['other', 'another'], 'audience: audience_mismatch'],
  ])('the audience %j: %s', (aud, answer) => {
    expect(check({ aud })).toBe(answer)
    expect(check({ aud }, { requireAudience: true })).toBe(answer)
  })

  it('asks for an audience only where it is required', () => {
    expect(check({}, { requireAudience: false })).toBeUndefined()
    expect(check({}, { requireAudience: true })).toBe('audience: audience_missing')
  })
})
