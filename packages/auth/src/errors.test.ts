import { describe, expect, it } from 'vitest'
import { ApplicationsError, AuthError, type AuthErrorCode, CHECKS, KeyFileError } from './errors.ts'

const STATUS: Record<AuthErrorCode, number> = {
  token_ambiguous: 400,
  token_missing: 401,
  token_malformed: 401,
  algorithm_not_allowed: 401,
  token_expired: 401,
  token_not_yet_valid: 401,
  token_issued_in_future: 401,
  token_lifetime_too_long: 401,
  audience_mismatch: 401,
  audience_missing: 401,
  issuer_mismatch: 401,
  token_rejected: 401,
  permission_denied: 403,
  unavailable: 503,
}
const CODES = Object.keys(STATUS) as AuthErrorCode[]

describe('an AuthError', () => {
  it.each(CODES)('%s has its status, and tells the caller in a sentence what to fix', (code) => {
    const error = new AuthError(code, 'shape')

    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'AuthError', code, status: STATUS[code], check: 'shape' })
    expect(error.message).toMatch(/^[A-Z].{15,}\.$/)
  })

  it('has a different sentence for each code', () => {
    const messages = new Set(CODES.map((code) => new AuthError(code, 'shape').message))

    expect(messages.size).toBe(CODES.length)
  })

  it('has no stack, and does not change the stacks of other errors', () => {
    const { stackTraceLimit } = Error
    const { stack } = new AuthError('token_expired', 'times')

    expect(stack).not.toContain('\n')
    expect(Error.stackTraceLimit).toBe(stackTraceLimit)
  })

  it('keeps the reason for the log out of its message', () => {
    const error = new AuthError('token_rejected', 'key', { reason: 'the application is revoked' })

    expect(error.reason).toBe('the application is revoked')
    expect(error.message).not.toContain('revoked')
  })

  it('uses its code as the reason by default', () => {
    expect(new AuthError('token_expired', 'times').reason).toBe('token_expired')
  })

  it.each(CODES.filter((code) => STATUS[code] === 401 && code !== 'token_missing'))(
    '%s challenges the caller with `invalid_token` and the code (RFC 6750 §3)',
    (code) => {
      expect(new AuthError(code, 'shape').headers).toEqual({
        'WWW-Authenticate': `Bearer error="invalid_token", error_description="${code}"`,
      })
    },
  )

  it('gives no error code to a caller who sent no token (RFC 6750 §3.1)', () => {
    expect(new AuthError('token_missing', 'transport').headers).toEqual({ 'WWW-Authenticate': 'Bearer' })
  })

  it('calls two tokens an `invalid_request` (RFC 6750 §3.1)', () => {
    expect(new AuthError('token_ambiguous', 'transport').headers).toEqual({
      'WWW-Authenticate': 'Bearer error="invalid_request", error_description="token_ambiguous"',
    })
  })

  it('names the permission that is lacking', () => {
    const error = new AuthError('permission_denied', 'permission', { permission: 'users:read' })

    expect(error.members).toEqual({ permission: 'users:read' })
    expect(error.headers).toEqual({
      'WWW-Authenticate':
        'Bearer error="insufficient_scope", error_description="permission_denied", scope="users:read"',
    })
  })

  it('names no permission where none is lacking', () => {
    expect(new AuthError('token_expired', 'times').members).toEqual({})
  })

  it('asks to try again when the key store cannot be read, without a challenge', () => {
    expect(new AuthError('unavailable', 'key').headers).toEqual({ 'Retry-After': '1' })
  })
})

describe('the checks', () => {
  it('are listed in the order in which they are made', () => {
    expect(CHECKS.join(' ')).toBe(
      'transport shape algorithm critical type claims times lifetime issuer audience application key signature permission',
    )
  })
})

describe('a KeyFileError', () => {
  it('names the file', () => {
    expect(new KeyFileError('/keys/a_public.pem', 'is no PEM file')).toMatchObject({
      name: 'KeyFileError',
      code: 'key_file_invalid',
      file: '/keys/a_public.pem',
      message: '/keys/a_public.pem: is no PEM file',
    })
  })
})

describe('an ApplicationsError', () => {
  it('lists every fault with its file and line', () => {
    const faults = [
      { line: 2, path: 'name', message: 'is reserved' },
      { line: 5, path: '', message: 'must be an object' },
    ]

    expect(new ApplicationsError('list.json', faults)).toMatchObject({
      name: 'ApplicationsError',
      code: 'applications_invalid',
      faults,
      message: 'list.json:2: name is reserved\nlist.json:5: must be an object',
    })
  })
})
