import { AuthError, type VerifyToken } from '@signet/auth'
import { expect, it } from 'vitest'
import { judgeHere } from './judge-here.ts'

const caller = { appId: 'a', name: 'lab', permissions: [], keyId: 'k' }
const verifyToken: VerifyToken = (token) => {
  if (token === 'fault') throw new Error('a fault of ours')
  if (token !== 'good') throw new AuthError('token_rejected', 'signature', { reason: 'why' })
  return { caller, claims: { appId: 'a', iat: 0, exp: 1 }, remembered: false }
}

it.each([
  ['lets a good token pass', { 'x-token': 'good' }, { status: 200 }],
  ['takes a name in any case, and white space off', { 'X-Token': ' \tgood ' }, { status: 200 }],
  ['takes it as Bearer', { authorization: 'Bearer good' }, { status: 200 }],
  [
    'names the check that stopped it, and the reason',
    { 'x-token': 'bad' },
    { status: 401, code: 'token_rejected', check: 'signature', reason: 'why' },
  ],
  ['sees a field that is sent twice', { 'x-token': ['good', 'good'] }, { status: 400, check: 'transport' }],
  ['sees one name in two spellings', { 'x-token': 'good', 'X-TOKEN': 'good' }, { status: 400 }],
  ['sees that there is none', {}, { status: 401, code: 'token_missing', check: 'transport' }],
])('%s', (_what, headers, judgement) => {
  expect(judgeHere(verifyToken, { headers })).toMatchObject(judgement)
})

it('takes no fault of ours for a refusal', () => {
  expect(() => judgeHere(verifyToken, { headers: { 'x-token': 'fault' } })).toThrow('a fault of ours')
})
