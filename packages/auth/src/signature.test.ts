import { constants, createHmac, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { PublicKey } from './key-file.ts'
import { verifySignature } from './signature.ts'
import { createClock, createForge, keyPair, type TestKeyPair } from './testing.ts'

const one = keyPair('one')
const two = keyPair('two')
const clock = createClock()
const forge = createForge({ appId: 'id-1', pair: one, now: clock.now })
const keyOf = ({ keyId, publicKey }: TestKeyPair): PublicKey => ({ keyId, key: publicKey })
const KEYS = [keyOf(two), keyOf(one)]

describe('verifySignature', () => {
  it('gives the key that verifies, wherever it stands', () => {
    expect(verifySignature(forge(), KEYS, clock.seconds())).toBe(KEYS[1])
    expect(verifySignature(forge({ privateKey: two.privateKey }), KEYS, clock.seconds())).toBe(KEYS[0])
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
    expect(verifySignature(forge({ signature }), KEYS, clock.seconds())).toBeUndefined()
  })

  it.each(['RS256', 'RS384', 'PS512', 'HS512', 'none'])(
    'gives none for a header that says %s, whoever let it through',
    (alg) => {
      expect(verifySignature(forge({ header: { alg } }), KEYS, clock.seconds())).toBeUndefined()
    },
  )

  it('gives none for a token of RS256 that is rightly signed', () => {
    const signature = (input: string) => sign('sha256', Buffer.from(input), one.privateKey)

    expect(
      verifySignature(forge({ header: { alg: 'RS256' }, signature }), KEYS, clock.seconds()),
    ).toBeUndefined()
  })

  it('goes by the clock and the leeway of the checks of the claims', () => {
    const token = forge()
    const future = forge({ payload: { nbf: clock.seconds() + 5 } })

    expect(verifySignature(token, KEYS, clock.seconds() + 304.999)).toBe(KEYS[1])
    expect(verifySignature(token, KEYS, clock.seconds() + 305)).toBeUndefined()
    expect(verifySignature(future, KEYS, clock.seconds())).toBe(KEYS[1])
    expect(verifySignature(future, KEYS, clock.seconds() - 0.001)).toBeUndefined()
  })

  it('verifies a token without typ, and one of any case', () => {
    for (const typ of [undefined, 'jwt'])
      expect(verifySignature(forge({ header: { typ } }), KEYS, clock.seconds())).toBe(KEYS[1])
  })
})
