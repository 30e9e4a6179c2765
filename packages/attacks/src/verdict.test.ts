import { describe, expect, it } from 'vitest'
import type { Expectation } from './probe.ts'
import { newSigner } from './signing.ts'
import { type Answer, type Criteria, judge } from './verdict.ts'

const application = newSigner('e94a0b7731f5d26c')
const { appId, keyId } = application
const granted = ['users:read', 'orders:read']
const accepted = { status: 200 }
const rejected: Expectation = { status: 401, code: 'token_rejected' }
const either: Expectation = { status: 401, code: ['token_malformed', 'token_missing'] }
const criteria: Criteria = { application, granted }

describe('an answer is right', () => {
  it.each<[string, Expectation, Answer]>([
    ['the caller, with all permissions that it was granted', accepted, { status: 200, body: caller({}) }],
    [
      'permissions in any order',
      accepted,
      { status: 200, body: caller({ permissions: granted.toReversed() }) },
    ],
    ['something other than a caller', accepted, { status: 200, body: [{ id: 'u-001' }] }],
    ['empty', accepted, { status: 200 }],
    ['the expected code', rejected, { status: 401, body: { code: 'token_rejected' } }],
    ['one of two expected codes', either, { status: 401, body: { code: 'token_missing' } }],
    ['a status for which no code is expected, without a code', { status: 431 }, { status: 431 }],
    [
      'a status for which no code is expected, with a code',
      { status: 431 },
      { status: 431, body: { code: 'invalid_request' } },
    ],
  ])('when it is %s', (_title, expected, answer) => {
    expect(judge(expected, answer, criteria)).toBeUndefined()
  })
})

describe('an answer is wrong', () => {
  it.each<[string, Expectation, Answer]>([
    ['wrong status', accepted, { status: 401, body: { code: 'token_rejected' } }],
    ['wrong status', rejected, { status: 200, body: caller({}) }],
    ['wrong code', rejected, { status: 401, body: { code: 'token_expired' } }],
    ['wrong code', either, { status: 401, body: { code: 'token_expired' } }],
    ['no code', rejected, { status: 401 }],
    ['no code', rejected, { status: 401, body: {} }],
    ['wrong application', accepted, { status: 200, body: caller({ appId: 'else' }) }],
    ['wrong key', accepted, { status: 200, body: caller({ keyId: 'else' }) }],
    ['wrong permissions', accepted, { status: 200, body: caller({ permissions: ['*'] }) }],
    ['wrong permissions', accepted, { status: 200, body: caller({ permissions: ['users:read'] }) }],
  ])('with the fault "%s"', (fault, expected, answer) => {
    expect(judge(expected, answer, criteria)).toBe(fault)
  })

  it('when the scope did not narrow the permissions', () => {
    const narrowed: Expectation = { status: 200, permissions: () => [] }

    expect(judge(narrowed, { status: 200, body: caller({}) }, criteria)).toBe('wrong permissions')
    expect(judge(narrowed, { status: 200, body: caller({ permissions: [] }) }, criteria)).toBeUndefined()
  })
})

describe('when only the status is compared', () => {
  it('code and caller are ignored', () => {
    const lenient = { ...criteria, statusOnly: true }

    expect(judge(rejected, { status: 401 }, lenient)).toBeUndefined()
    expect(judge(rejected, { status: 401, body: { code: 'nope' } }, lenient)).toBeUndefined()
    expect(judge(accepted, { status: 200, body: caller({ appId: 'else' }) }, lenient)).toBeUndefined()
    expect(judge(rejected, { status: 403 }, lenient)).toBe('wrong status')
  })
})

function caller(members: object) {
  return { appId, keyId, permissions: granted, ...members }
}
