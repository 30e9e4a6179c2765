import { constants, createHmac, sign } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { describe, expect, it, vi } from 'vitest'
import type { Application } from './applications.ts'
import { AuthError } from './errors.ts'
import type { PublicKey } from './key-file.ts'
import { signToken } from './sign.ts'
import { createClock, createForge, type Defect, keyPair, type TestKeyPair } from './testing.ts'
import { createVerifier, verifySignature } from './verify.ts'

const AUDIENCE = 'https://api.test:3000'
const clock = createClock()
const one = keyPair('one')
const two = keyPair('two')
const unknownSigner = keyPair('unknown signer')
const forge = createForge({ appId: 'id-1', pair: one, audience: AUDIENCE, now: clock.now })

const APPLICATIONS = new Map<string, Application>([
  ['id-1', { appId: 'id-1', name: 'app-one', permissions: ['users:read', 'orders:read'] }],
  ['id-2', { appId: 'id-2', name: 'app-two', permissions: ['*'] }],
  ['keyless', { appId: 'keyless', name: 'keyless', permissions: [] }],
  ['gone', { appId: 'gone', name: 'gone', permissions: ['*'], revokedAt: '2026-01-01T00:00:00Z' }],
])
const keyOf = ({ keyId, publicKey }: TestKeyPair): PublicKey => ({ keyId, key: publicKey })
const KEYS = new Map([
  ['id-1', [keyOf(two), keyOf(one)]],
  ['id-2', [keyOf(keyPair('id-2'))]],
  ['gone', [keyOf(one)]],
  ['unlisted', [keyOf(one)]],
])

function open(options: { requireAudience?: boolean } = {}) {
  const keysOf = vi.fn((appId: string) => KEYS.get(appId) ?? [])
  const applications = { find: (appId: string) => APPLICATIONS.get(appId) }
  const audiences = ['https://other', AUDIENCE]
  const verifyToken = createVerifier({
    applications,
    keyRing: { keysOf },
    audiences,
    now: clock.now,
    ...options,
  })
  return { keysOf, verifyToken }
}

function refusal(token: string, options = {}): AuthError {
  try {
    open(options).verifyToken(token)
  } catch (error) {
    if (error instanceof AuthError) return error
    throw error
  }
  throw new Error('the token was accepted')
}

describe('verifyToken', () => {
  it('gives the caller, its key ID and its claims', () => {
    const { caller, claims } = open().verifyToken(forge())

    expect(caller).toEqual({
      appId: 'id-1',
      name: 'app-one',
      permissions: ['users:read', 'orders:read'],
      keyId: one.keyId,
    })
    expect(claims).toEqual({
      appId: 'id-1',
      iss: 'id-1',
      aud: AUDIENCE,
      iat: clock.seconds(),
      exp: clock.seconds() + 300,
    })
  })

  it('accepts what signToken makes', () => {
    const token = signToken({
      appId: 'id-1',
      privateKey: two.privateKey,
      audience: AUDIENCE,
      scope: 'users:read',
      now: clock.now,
    })

    expect(open().verifyToken(token).caller).toEqual({
      appId: 'id-1',
      name: 'app-one',
      permissions: ['users:read'],
      keyId: two.keyId,
    })
  })

  it('accepts the minimal `jwt.sign` call', () => {
    const token = jwt.sign({ appId: 'id-1' }, one.privatePem, { algorithm: 'RS512', expiresIn: 300 })
    const applications = { find: (appId: string) => APPLICATIONS.get(appId) }
    const keyRing = { keysOf: (appId: string) => KEYS.get(appId) ?? [] }
    const verifyToken = createVerifier({
      applications,
      keyRing,
      audiences: [AUDIENCE],
      requireAudience: false,
    })

    expect(verifyToken(token).caller.name).toBe('app-one')
  })

  it.each(['none', 'typ', 'kid', 'typ and kid'])('accepts a header without %s', (without) => {
    const header = {
      ...(without.includes('typ') && { typ: undefined }),
      ...(without.includes('kid') && { kid: undefined }),
    }

    expect(open().verifyToken(forge({ header })).caller.keyId).toBe(one.keyId)
  })

  it('requires an audience unless the operator does not', () => {
    const token = forge({ payload: { aud: undefined } })

    expect(refusal(token)).toMatchObject({ code: 'audience_missing', status: 401 })
    expect(open({ requireAudience: false }).verifyToken(token).caller.name).toBe('app-one')
  })

  it('narrows the permissions to the scope of the token', () => {
    const permissionsOf = (scope: string) =>
      open().verifyToken(forge({ payload: { scope } })).caller.permissions

    expect(permissionsOf('users:read orders:write')).toEqual(['users:read'])
    expect(permissionsOf('')).toEqual([])
  })

  it('takes name and permissions from the application registry, not from the token', () => {
    const payload = { name: 'app-two', permissions: ['*'], keyId: 'x' }

    expect(open().verifyToken(forge({ payload })).caller).toMatchObject({
      name: 'app-one',
      permissions: ['users:read', 'orders:read'],
    })
  })
})

describe('verifyToken rejects', () => {
  it.each<[string, Defect, object]>([
    [
      'an application that is not listed, though it has a key',
      { payload: { appId: 'unlisted', iss: undefined } },
      { check: 'application', reason: 'the application is not listed' },
    ],
    [
      'the name of an object’s own member',
      { payload: { appId: '__proto__', iss: undefined } },
      { check: 'application', reason: 'the application is not listed' },
    ],
    [
      'an application that is revoked, though it has a key',
      { payload: { appId: 'gone', iss: undefined } },
      { check: 'application', reason: 'the application is revoked' },
    ],
    [
      'an application without keys',
      { header: { kid: undefined }, payload: { appId: 'keyless', iss: undefined } },
      { check: 'key', reason: 'the application has no such key' },
    ],
    [
      'an unknown kid',
      { header: { kid: 'unknown' } },
      { check: 'key', reason: 'the application has no such key' },
    ],
    ['an empty kid', { header: { kid: '' } }, { check: 'key', reason: 'the application has no such key' }],
    [
      'the kid of another application',
      { header: { kid: keyPair('id-2').keyId }, privateKey: keyPair('id-2').privateKey },
      { check: 'key', reason: 'the application has no such key' },
    ],
    [
      'the kid of the application’s other key',
      { header: { kid: two.keyId } },
      { check: 'signature', reason: 'no key verifies the signature' },
    ],
    [
      'the signature of an unknown signer',
      { privateKey: unknownSigner.privateKey },
      { check: 'signature', reason: 'no key verifies the signature' },
    ],
    [
      'the signature of another application',
      { header: { kid: undefined }, privateKey: keyPair('id-2').privateKey },
      { check: 'signature', reason: 'no key verifies the signature' },
    ],
    ['a token without signature', { signature: () => '' }, { check: 'signature' }],
  ])('%s', (_, defect, answer) => {
    expect(refusal(forge(defect))).toMatchObject({ code: 'token_rejected', status: 401, ...answer })
  })

  it('an unknown application and a bad signature with the same answer', () => {
    const seen = (defect: Defect) => {
      const { code, status, headers, message } = refusal(forge(defect))
      return { code, status, headers, message }
    }

    expect(seen({ payload: { appId: 'unlisted', iss: 'unlisted' } })).toEqual(
      seen({ privateKey: unknownSigner.privateKey }),
    )
  })

  it('an application that is not listed before it asks for keys', () => {
    const { keysOf, verifyToken } = open()

    expect(() => verifyToken(forge({ payload: { appId: 'unlisted', iss: undefined } }))).toThrow(AuthError)
    expect(() => verifyToken(forge({ payload: { appId: 'gone', iss: undefined } }))).toThrow(AuthError)
    expect(keysOf).not.toHaveBeenCalled()
  })

  it('nothing while the keys cannot be read: the answer is 503', () => {
    const { keysOf, verifyToken } = open()
    keysOf.mockImplementation(() => {
      throw new AuthError('unavailable', 'key')
    })

    expect(() => verifyToken(forge())).toThrow(expect.objectContaining({ code: 'unavailable', status: 503 }))
  })

  it('a token with a changed header, payload or signature', () => {
    const [header, payload, signature] = forge().split('.') as [string, string, string]
    const [otherHeader, otherPayload, otherSignature] = forge({
      header: { x: 1 },
      payload: { jti: 'x' },
    }).split('.') as [string, string, string]

    for (const token of [
      `${otherHeader}.${payload}.${signature}`,
      `${header}.${otherPayload}.${signature}`,
      `${header}.${payload}.${otherSignature}`,
    ])
      expect(refusal(token)).toMatchObject({ code: 'token_rejected', check: 'signature' })
  })
})

const BOTH = [keyOf(two), keyOf(one)]

describe('verifySignature', () => {
  it('gives the key that verifies, at any position', () => {
    expect(verifySignature(forge(), BOTH, clock.seconds())).toBe(BOTH[1])
    expect(verifySignature(forge({ privateKey: two.privateKey }), BOTH, clock.seconds())).toBe(BOTH[0])
  })

  it('gives none when no key verifies, or there is none', () => {
    expect(verifySignature(forge(), [keyOf(two)], clock.seconds())).toBeUndefined()
    expect(verifySignature(forge(), [], clock.seconds())).toBeUndefined()
  })

  it.each([
    ['is missing', () => ''],
    ['is cut short', (input: string) => sign('sha512', Buffer.from(input), one.privateKey).subarray(1)],
    ['was made with SHA-256', (input: string) => sign('sha256', Buffer.from(input), one.privateKey)],
    [
      'was made with PSS',
      (input: string) =>
        sign('sha512', Buffer.from(input), { key: one.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING }),
    ],
    [
      'is an HMAC with the public key',
      (input: string) => createHmac('sha512', one.publicPem).update(input).digest(),
    ],
    ['is of another input', () => sign('sha512', Buffer.from('a.b'), one.privateKey)],
  ])('gives none when the signature %s', (_, signature) => {
    expect(verifySignature(forge({ signature }), BOTH, clock.seconds())).toBeUndefined()
  })

  it.each(['RS256', 'RS384', 'PS512', 'HS512', 'none'])(
    'gives none for a header that says %s, whatever accepted it',
    (alg) => {
      expect(verifySignature(forge({ header: { alg } }), BOTH, clock.seconds())).toBeUndefined()
    },
  )

  it('gives none for a correctly signed token of RS256', () => {
    const signature = (input: string) => sign('sha256', Buffer.from(input), one.privateKey)

    expect(
      verifySignature(forge({ header: { alg: 'RS256' }, signature }), BOTH, clock.seconds()),
    ).toBeUndefined()
  })

  it("uses the clock and the leeway of the claims' checks", () => {
    const token = forge()
    const future = forge({ payload: { nbf: clock.seconds() + 5 } })

    expect(verifySignature(token, BOTH, clock.seconds() + 304.999)).toBe(BOTH[1])
    expect(verifySignature(token, BOTH, clock.seconds() + 305)).toBeUndefined()
    expect(verifySignature(future, BOTH, clock.seconds())).toBe(BOTH[1])
    expect(verifySignature(future, BOTH, clock.seconds() - 0.001)).toBeUndefined()
  })

  it('verifies a token without typ, and one of any case', () => {
    for (const typ of [undefined, 'jwt'])
      expect(verifySignature(forge({ header: { typ } }), BOTH, clock.seconds())).toBe(BOTH[1])
  })
})
