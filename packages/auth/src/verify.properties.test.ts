import { cases } from '@signet/testing/properties'
import fc from 'fast-check'
import { jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { AuthError } from './errors.ts'
import { createClock, createForge, keyPair } from './testing.ts'
import { createVerifier } from './verify.ts'

const APP_ID = 'app'
const AUDIENCE = 'https://api.test'
const clock = createClock()
const { now } = clock
const pair = keyPair()
const forge = createForge({ appId: APP_ID, pair, audience: AUDIENCE, now })
const verifyToken = createVerifier({
  applications: {
    find: (appId) => (appId === APP_ID ? { appId, name: 'app', permissions: ['*'] } : undefined),
  },
  keyRing: { keysOf: () => [{ keyId: pair.keyId, key: pair.publicKey }] },
  audiences: [AUDIENCE],
  now,
})

/** The verdict on a token. Whatever is thrown but an AuthError fails the test. */
function isAccepted(token: string): boolean {
  try {
    return verifyToken(token).caller.appId === APP_ID
  } catch (error) {
    expect(error).toBeInstanceOf(AuthError)
    return false
  }
}

describe('verifyToken, whatever comes', () => {
  it('refuses any text with an AuthError', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), dotted(fc.string()), dotted(fc.base64String())),
        (text) => {
          expect(isAccepted(text)).toBe(false)
        },
      ),
      cases(300),
    )
  })

  it('refuses any header and payload bytes that the wrong key signed', () => {
    const { privateKey } = keyPair('unknown signer')
    fc.assert(
      fc.property(part(), part(), (header, payload) => {
        expect(isAccepted(forge({ header, payload, privateKey }))).toBe(false)
      }),
      cases(100),
    )
  })

  it('refuses a good token of which one character was changed, taken out or put in', () => {
    const good = forge()
    const character = fc.constantFrom(
      ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+/= \n\u00e9',
    )
    fc.assert(
      fc.property(fc.nat(good.length), fc.nat(1), fc.option(character, { nil: '' }), (at, removed, put) => {
        const changed = good.slice(0, at) + put + good.slice(at + removed)
        fc.pre(changed !== good)
        expect(isAccepted(changed)).toBe(false)
      }),
      cases(1000),
    )
    expect(isAccepted(good)).toBe(true)
  })

  it('refuses signed header and payload bytes that are no good token, with an AuthError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.oneof(fc.string(), fc.json()), (header, payload) => {
        expect(isAccepted(forge({ header, payload }))).toBe(false)
      }),
      cases(200),
    )
  })

  it('agrees with jose on every signed token, but for what only one of them defines', async () => {
    await fc.assert(
      fc.asyncProperty(claims(), async (payload) => {
        const token = forge({ payload })

        const ours = isAccepted(token)

        const theirs = await acceptedByJose(token)
        expect(ours).toBe(theirs && isWithinOurRules(payload))
      }),
      cases(500),
    )
  })
})

function dotted(piece: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.array(piece, { minLength: 2, maxLength: 5 }).map((pieces) => pieces.join('.'))
}

function part() {
  return fc.oneof(
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.dictionary(fc.string(), fc.jsonValue()),
    fc.constant({}),
  )
}

type Payload = { iat: number; exp: number; nbf?: number; aud?: string | string[]; iss?: string }

/** Around each bound, and on both sides of it. */
function claims(): fc.Arbitrary<Payload> {
  const time = Math.floor(now() / 1000)
  const near = fc.integer({ min: -320, max: 320 }).map((seconds) => time + seconds)
  const atBound = fc.constantFrom(-300, -5, -4, 0, 4, 5, 6, 295, 300, 301).map((seconds) => time + seconds)
  const seconds = fc.oneof(near, atBound)
  const audience = fc.constantFrom(AUDIENCE, 'https://other.test')
  return fc.record(
    {
      iat: seconds,
      exp: seconds,
      nbf: seconds,
      aud: fc.oneof(audience, fc.array(audience, { minLength: 1 })),
      iss: fc.constantFrom(APP_ID, 'other'),
    },
    { requiredKeys: ['iat', 'exp'] },
  )
}

async function acceptedByJose(token: string): Promise<boolean> {
  const options = {
    algorithms: ['RS512'],
    issuer: APP_ID,
    audience: AUDIENCE,
    currentDate: new Date(now()),
    clockTolerance: 5,
  }
  return jwtVerify(token, pair.publicKey, options).then(
    () => true,
    () => false,
  )
}

/** The lifetime and the times of issue are rules of ours (docs/errors.md); RFC 7519 has none. */
function isWithinOurRules({ iat, exp }: Payload): boolean {
  return iat <= now() / 1000 + 5 && exp > iat && exp - iat <= 300
}
