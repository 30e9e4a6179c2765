import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cases } from '@signet/testing/properties'
import fc from 'fast-check'
import { jwtVerify } from 'jose'
import { afterAll, describe, expect, it } from 'vitest'
import { APP_ID, APPLICATION_NAME, parseApplications, RESERVED_NAMES } from './applications.ts'
import { ApplicationsError, AuthError } from './errors.ts'
import { publicKeyFile } from './key-file.ts'
import { openKeyRing } from './key-ring.ts'
import { PERMISSION } from './permissions.ts'
import { createClock, createForge, keyPair } from './testing.ts'
import { createVerifier } from './verify.ts'

it('accepts every valid list', () => {
  const application = fc.record(
    {
      appId: fc.stringMatching(APP_ID),
      name: fc.stringMatching(APPLICATION_NAME).filter((name) => !RESERVED_NAMES.includes(name)),
      permissions: fc.array(fc.stringMatching(PERMISSION)),
      revokedAt: fc
        .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
        .map((date) => date.toISOString()),
    },
    { requiredKeys: ['appId', 'name', 'permissions'] },
  )
  const list = fc
    .uniqueArray(application, { selector: ({ appId }) => appId })
    .filter((entries) => new Set(entries.map(({ name }) => name)).size === entries.length)
  fc.assert(
    fc.property(list, (entries) => {
      expect([...parseApplications(JSON.stringify(entries)).values()]).toEqual(entries)
    }),
    cases(100),
  )
})

it('refuses anything else with faults that name a line, and never with another error', () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.array(fc.jsonValue()).map((value) => JSON.stringify(value, null, 2)),
  )
  fc.assert(
    fc.property(text, (applications) => {
      try {
        for (const [appId, application] of parseApplications(applications))
          expect(application.appId).toBe(appId)
      } catch (error) {
        expect(error).toBeInstanceOf(ApplicationsError)
        const { faults } = error as ApplicationsError
        expect(faults.length).toBeGreaterThan(0)
        for (const { line } of faults) {
          expect(line).toBeGreaterThanOrEqual(1)
          expect(line).toBeLessThanOrEqual(applications.split('\n').length)
        }
      }
    }),
    cases(500),
  )
})

const folder = mkdtempSync(join(tmpdir(), 'signet-ring-'))
afterAll(() => rmSync(folder, { recursive: true }))

const PAIRS = [keyPair('one'), keyPair('two'), keyPair('three')]

type Step = { kind: 'publish' | 'revoke' | 'corrupt' | 'wait'; pairs: number[]; seconds: number }

/** What may happen to a key file; `pairs` are those that are published, newest first. */
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('publish', 'revoke', 'corrupt', 'wait'),
  pairs: fc.uniqueArray(fc.nat(2), { minLength: 1, maxLength: 3 }),
  seconds: fc.constantFrom(1, 2, 30, 59, 60, 61),
})

it('gives the keys of a changing file, or its last good keys for a minute', () => {
  let applications = 0
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const appId = `app-${applications++}`
      const file = join(folder, publicKeyFile(appId))
      const clock = createClock()
      const ring = openKeyRing({ folder, now: clock.now })
      let good: string[] = []
      let corruptSince: number | undefined

      for (const { kind, pairs, seconds } of steps) {
        const published = pairs.map((at) => PAIRS[at] ?? keyPair())
        if (kind === 'publish') writeFileSync(file, published.map(({ publicPem }) => publicPem).join(''))
        if (kind === 'revoke') rmSync(file, { force: true })
        if (kind === 'corrupt') writeFileSync(file, `-----BEGIN PUBLIC KEY-----\n${clock.now()}`)
        clock.advance(seconds * 1000)

        if (kind === 'publish') good = published.map(({ keyId }) => keyId)
        if (kind === 'revoke') good = []
        if (kind === 'corrupt') corruptSince ??= clock.now()
        else if (kind !== 'wait') corruptSince = undefined
        const isOver = corruptSince !== undefined && clock.now() - corruptSince >= 60_000
        expect(ring.keysOf(appId).map(({ keyId }) => keyId)).toEqual(isOver ? [] : good)
      }
    }),
    cases(100),
  )
})

const APPLICATION = 'app'
const AUDIENCE = 'https://api.test'
const clock = createClock()
const { now } = clock
const pair = keyPair()
const forge = createForge({ appId: APPLICATION, pair, audience: AUDIENCE, now })
const verifyToken = createVerifier({
  applications: {
    find: (appId) => (appId === APPLICATION ? { appId, name: 'app', permissions: ['*'] } : undefined),
  },
  keyRing: { keysOf: () => [{ keyId: pair.keyId, key: pair.publicKey }] },
  audiences: [AUDIENCE],
  now,
})

/** The verdict on a token. Whatever is thrown but an AuthError fails the test. */
function isAccepted(token: string): boolean {
  try {
    return verifyToken(token).caller.appId === APPLICATION
  } catch (error) {
    expect(error).toBeInstanceOf(AuthError)
    return false
  }
}

describe('verifyToken, for random input', () => {
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

  it('refuses a valid token with one character changed, removed or added', () => {
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

  it('refuses signed bytes that are not a valid token with an AuthError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.oneof(fc.string(), fc.json()), (header, payload) => {
        expect(isAccepted(forge({ header, payload }))).toBe(false)
      }),
      cases(200),
    )
  })

  it('agrees with jose on every signed token, except for rules that only one of them has', async () => {
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
      iss: fc.constantFrom(APPLICATION, 'other'),
    },
    { requiredKeys: ['iat', 'exp'] },
  )
}

async function acceptedByJose(token: string): Promise<boolean> {
  const options = {
    algorithms: ['RS512'],
    issuer: APPLICATION,
    audience: AUDIENCE,
    currentDate: new Date(now()),
    clockTolerance: 5,
  }
  return jwtVerify(token, pair.publicKey, options).then(
    () => true,
    () => false,
  )
}

/** The lifetime and the times of issue are rules of this system (docs/errors.md); RFC 7519 has none. */
function isWithinOurRules({ iat, exp }: Payload): boolean {
  return iat <= now() / 1000 + 5 && exp > iat && exp - iat <= 300
}
