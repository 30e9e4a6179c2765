import { describe, expect, it } from 'vitest'
import type { Expectation } from './probe.ts'
import { newSigner } from './signing.ts'
import { type Answer, judge, type Measure } from './verdict.ts'

const application = newSigner('e94a0b7731f5d26c')
const { appId, keyId } = application
const granted = ['users:read', 'orders:read']
const accepted = { status: 200 }
const rejected: Expectation = { status: 401, code: 'token_rejected' }
const either: Expectation = { status: 401, code: ['token_malformed', 'token_missing'] }
const measure: Measure = { application, granted }

describe('an answer is as it should be', () => {
  it.each<[string, Expectation, Answer]>([
    ['the caller, with all that it was granted', accepted, { status: 200, body: caller({}) }],
    [
      'permissions in any order',
      accepted,
      { status: 200, body: caller({ permissions: granted.toReversed() }) },
    ],
    ['something else than a caller', accepted, { status: 200, body: [{ id: 'u-001' }] }],
    ['nothing at all', accepted, { status: 200 }],
    ['the code', rejected, { status: 401, body: { code: 'token_rejected' } }],
    ['one of two codes', either, { status: 401, body: { code: 'token_missing' } }],
    ['a status that goes without a code', { status: 431 }, { status: 431 }],
    ['a status that has one of its own', { status: 431 }, { status: 431, body: { code: 'invalid_request' } }],
  ])('when it is %s', (_title, expected, answer) => {
    expect(judge(expected, answer, measure)).toBeUndefined()
  })
})

describe('an answer is wrong', () => {
  it.each<[string, Expectation, Answer]>([
    ['another status', accepted, { status: 401, body: { code: 'token_rejected' } }],
    ['another status', rejected, { status: 200, body: caller({}) }],
    ['another code', rejected, { status: 401, body: { code: 'token_expired' } }],
    ['another code', either, { status: 401, body: { code: 'token_expired' } }],
    ['no code', rejected, { status: 401 }],
    ['no code', rejected, { status: 401, body: {} }],
    ['taken for another application', accepted, { status: 200, body: caller({ appId: 'else' }) }],
    ['verified with another key', accepted, { status: 200, body: caller({ keyId: 'else' }) }],
    ['other permissions', accepted, { status: 200, body: caller({ permissions: ['*'] }) }],
    ['other permissions', accepted, { status: 200, body: caller({ permissions: ['users:read'] }) }],
  ])('with %s', (fault, expected, answer) => {
    expect(judge(expected, answer, measure)).toBe(fault)
  })

  it('when a scope has not narrowed the permissions', () => {
    const narrowed: Expectation = { status: 200, permissions: () => [] }

    expect(judge(narrowed, { status: 200, body: caller({}) }, measure)).toBe('other permissions')
    expect(judge(narrowed, { status: 200, body: caller({ permissions: [] }) }, measure)).toBeUndefined()
  })
})

describe('when the status is all that counts', () => {
  it('neither code nor caller is looked at', () => {
    const lenient = { ...measure, statusOnly: true }

    expect(judge(rejected, { status: 401 }, lenient)).toBeUndefined()
    expect(judge(rejected, { status: 401, body: { code: 'nope' } }, lenient)).toBeUndefined()
    expect(judge(accepted, { status: 200, body: caller({ appId: 'else' }) }, lenient)).toBeUndefined()
    expect(judge(rejected, { status: 403 }, lenient)).toBe('another status')
  })
})

function caller(members: object) {
  return { appId, keyId, permissions: granted, ...members }
}
