import { describe, expect, it } from 'vitest'
import { AuthError } from './errors.ts'
import { checkPermission, refusalAnswer, verifyRequest } from './request.ts'
import { createForge, keyPair } from './testing.ts'
import { createVerifier } from './verify.ts'

const AUDIENCE = 'https://api.test'
const { keyId, publicKey } = keyPair()
const token = createForge({ appId: 'id-1', audience: AUDIENCE })()
const verifyToken = createVerifier({
  applications: { find: (appId) => ({ appId, name: 'app-one', permissions: [] }) },
  keyRing: { keysOf: () => [{ keyId, key: publicKey }] },
  audiences: [AUDIENCE],
})

// How a token is found among the headers, express.test.ts tests on a real server.
describe('verifyRequest', () => {
  it.each([
    ['x-token', token],
    ['Authorization', `Bearer ${token}`],
  ])('verifies the token in %s', (name, value) => {
    const { caller } = verifyRequest(['Host', 'api', name, value], verifyToken)

    expect(caller).toMatchObject({ appId: 'id-1', name: 'app-one', keyId })
  })

  it('refuses a request with two tokens', () => {
    expect(() => verifyRequest(['x-token', token, 'x-token', token], verifyToken)).toThrow(
      expect.objectContaining({ code: 'token_ambiguous' }),
    )
  })
})

describe('checkPermission', () => {
  const caller = (...permissions: string[]) => ({ appId: 'id-1', name: 'app-one', keyId, permissions })

  it('accepts a caller with the permission', () => {
    checkPermission(caller('orders:read', 'users:read'), 'users:read')
    checkPermission(caller('*'), 'users:read')
  })

  it('refuses a caller without it', () => {
    expect(() => checkPermission(caller('orders:read'), 'users:read')).toThrow(
      expect.objectContaining({ code: 'permission_denied', members: { permission: 'users:read' } }),
    )
  })
})

describe('the answer to a refusal', () => {
  it('has its status, its challenge and a problem document', () => {
    const error = new AuthError('permission_denied', 'permission', {
      permission: 'users:read',
      reason: 'only for the log',
    })
    const { body = '', ...answer } = refusalAnswer(error) ?? {}

    expect(answer).toEqual({
      status: 403,
      headers: {
        'Content-Type': 'application/problem+json',
        'Cache-Control': 'no-store',
        'WWW-Authenticate':
          'Bearer error="insufficient_scope", error_description="permission_denied", scope="users:read"',
      },
    })
    expect(JSON.parse(body)).toEqual({
      title: 'Forbidden',
      status: 403,
      code: 'permission_denied',
      detail: 'The application lacks the permission for this.',
      permission: 'users:read',
    })
  })

  it.each([new Error('secret'), undefined, { status: 401, code: 'token_expired' }])(
    'does not exist for %o, which is not a refusal',
    (error) => {
      expect(refusalAnswer(error)).toBeUndefined()
    },
  )
})
