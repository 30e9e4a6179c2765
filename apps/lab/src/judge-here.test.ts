import { AuthError, type VerifyToken } from '@signet/auth'
import { expect, it } from 'vitest'
import { judgeHere } from './judge-here.ts'

const caller = { appId: 'a', name: 'lab', permissions: [], keyId: 'k' }
const verifyToken: VerifyToken = (token) => {
  if (token === 'fault') throw new Error('an internal error')
  if (token !== 'good') throw new AuthError('token_rejected', 'signature', { reason: 'why' })
  return { caller, claims: { appId: 'a', iat: 0, exp: 1 }, remembered: false }
}

it.each([
  ['accepts a good token', { 'x-token': 'good' }, { status: 200 }],
  [
    'accepts a field name in any case, and removes white space around the value',
    { 'X-Token': ' \tgood ' },
    { status: 200 },
  ],
  ['accepts a Bearer token', { authorization: 'Bearer good' }, { status: 200 }],
  [
    'names the check that refused the token, and the reason',
    { 'x-token': 'bad' },
    { status: 401, code: 'token_rejected', check: 'signature', reason: 'why' },
  ],
  [
    'refuses a field that is sent twice',
    { 'x-token': ['good', 'good'] },
    { status: 400, check: 'transport' },
  ],
  [
    'refuses a field that is sent twice with different case',
    { 'x-token': 'good', 'X-TOKEN': 'good' },
    { status: 400 },
  ],
  ['refuses a request without a token', {}, { status: 401, code: 'token_missing', check: 'transport' }],
])('%s', (_what, headers, judgement) => {
  expect(judgeHere(verifyToken, { headers })).toMatchObject(judgement)
})

it('throws an error that is not a refusal', () => {
  expect(() => judgeHere(verifyToken, { headers: { 'x-token': 'fault' } })).toThrow('an internal error')
})
