import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import jwt from 'jsonwebtoken'
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openApplications } from './applications.ts'
import { openKeyRing } from './key-ring.ts'
import { rememberSignatures, type Verified } from './remembered-signatures.ts'
import { createClock, createForge, keyPair } from './testing.ts'
import { createVerifier, type VerifyToken } from './verify.ts'

const { publicKey, keyId } = keyPair()

/** A token that expires `exp` seconds after the start of the test. */
function verified(appId = 'id-1', exp = 300): Verified {
  return {
    token: { header: { alg: 'RS512' }, claims: { appId, iat: 0, exp } },
    key: { keyId, key: publicKey },
    application: { appId, name: 'app', permissions: [] },
    caller: { appId, name: 'app', permissions: [], keyId },
  }
}

function open() {
  const signatures = rememberSignatures()
  const remember = (token: string, entry: Verified, now = 0) => signatures.remember(token, entry, now)
  const flood = (appId: string, count: number, { name = appId, now = 0 } = {}) => {
    for (let index = 0; index < count; index++) remember(`${name}-${index}`, verified(appId, now + 300), now)
  }
  return { ...signatures, remember, flood }
}

describe('the remembered signatures', () => {
  it('hold what was remembered, with the very key object', () => {
    const { recall, remember } = open()
    const known = verified()
    remember('token', known)

    expect(recall('token')).toMatchObject(known)
    expect(recall('token')?.key).toBe(known.key)
    expect(recall('token')?.token).toBe(known.token)
  })

  it('do not hold what was not remembered', () => {
    const { recall, remember } = open()
    remember('token', verified())

    expect(recall('toke')).toBeUndefined()
    expect(recall('')).toBeUndefined()
  })

  it('hold 256 for an application', () => {
    const { recall, size, flood } = open()
    flood('id-1', 256)

    expect(size()).toBe(256)
    expect(recall('id-1-0')).toBeDefined()
  })

  it('displace the oldest token of an application for its next one', () => {
    const { recall, size, flood } = open()
    flood('id-1', 257)

    expect(size()).toBe(256)
    expect(recall('id-1-0')).toBeUndefined()
    expect(recall('id-1-1')).toBeDefined()
    expect(recall('id-1-256')).toBeDefined()
  })

  it('displace no token of another application', () => {
    const { recall, remember, size, flood } = open()
    remember('quiet', verified('id-2'))
    flood('id-1', 1000)

    expect(recall('quiet')).toBeDefined()
    expect(size()).toBe(257)
  })

  it('hold a token once, with the key that verified it last', () => {
    const { recall, remember, size } = open()
    const again = { ...verified(), key: { keyId: 'rotated', key: publicKey } }
    remember('token', verified())
    remember('token', again)

    expect(size()).toBe(1)
    expect(recall('token')?.key).toBe(again.key)
  })

  it('count a token as new when it was verified again', () => {
    const { recall, flood, remember } = open()
    flood('id-1', 256)
    remember('id-1-0', verified())
    remember('one more', verified())

    expect(recall('id-1-0')).toBeDefined()
    expect(recall('id-1-1')).toBeUndefined()
  })

  it('displace nothing when a token is verified again while they are full', () => {
    const { size, flood, remember } = open()
    flood('id-1', 256)
    remember('id-1-100', verified())

    expect(size()).toBe(256)
  })

  it('are forgotten once they have expired and the leeway is over, when the next is remembered', () => {
    const { recall, remember, size } = open()
    remember('old', verified('id-1', 300))
    remember('young', verified('id-2', 301), 304.9)
    expect(recall('old')).toBeDefined()
    remember('new', verified('id-3', 600), 305)

    expect(recall('old')).toBeUndefined()
    expect(recall('young')).toBeDefined()
    expect(size()).toBe(2)
  })

  it('are all forgotten when expired, not only the first of them', () => {
    const { size, flood, remember } = open()
    flood('id-1', 100)
    flood('id-2', 100)
    remember('new', verified('id-3', 700), 400)

    expect(size()).toBe(1)
  })

  it('have room for an application whose old tokens were forgotten', () => {
    const { recall, flood } = open()
    flood('id-1', 256, { name: 'old' })
    flood('id-1', 256, { name: 'new', now: 305 })

    expect(recall('new-0')).toBeDefined()
    expect(recall('new-255')).toBeDefined()
  })
})

const AUDIENCE = 'https://api.test:3000'
const one = keyPair('one')
const two = keyPair('two')
const clock = createClock()
const forge = createForge({ appId: 'id-1', pair: one, audience: AUDIENCE, now: clock.now })
const rsa = vi.spyOn(jwt, 'verify')
afterAll(() => rsa.mockRestore())

let folder: string
let verifyToken: VerifyToken

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signet-verify-'))
  putKeys(one.publicPem)
  putApplication({})
  const applications = openApplications({ file: join(folder, 'applications.json'), now: clock.now })
  const keyRing = openKeyRing({ folder, now: clock.now })
  verifyToken = createVerifier({ applications, keyRing, audiences: [AUDIENCE], now: clock.now })
  rsa.mockClear()
  return () => rmSync(folder, { recursive: true })
})

/** By a rename, so that the file is another one however fast the test is. */
function put(file: string, text: string): void {
  writeFileSync(join(folder, 'new'), text)
  renameSync(join(folder, 'new'), join(folder, file))
}

function putKeys(pem: string): void {
  put('id-1_public.pem', pem)
}

function putApplication(changes: object): void {
  const application = { appId: 'id-1', name: 'app-one', permissions: ['users:read'], ...changes }
  put('applications.json', JSON.stringify([application]))
}

function refused(token: string, code: string, check: string): void {
  expect(() => verifyToken(token)).toThrow(expect.objectContaining({ code, check }))
}

describe('a token that was verified once', () => {
  it('is accepted again without RSA, with the same result', () => {
    const token = forge()
    const first = verifyToken(token)

    expect(first.remembered).toBe(false)
    expect(verifyToken(token)).toEqual({ ...first, remembered: true })
    expect(rsa).toHaveBeenCalledOnce()
  })

  it('proves no other token, not even one with the same claims', () => {
    const token = forge()
    verifyToken(token)
    verifyToken(forge({ header: { typ: undefined } }))
    expect(rsa).toHaveBeenCalledTimes(2)

    const [header, payload] = token.split('.')
    refused(`${header}.${payload}.AAAA`, 'token_rejected', 'signature')
  })

  it('gives its own claims, even when other tokens were verified in between', () => {
    const [a, b] = [forge({ payload: { jti: 'a' } }), forge({ payload: { jti: 'b' } })]
    verifyToken(a)
    verifyToken(b)

    expect(verifyToken(a).claims.jti).toBe('a')
    expect(verifyToken(b).claims.jti).toBe('b')
  })

  it('still expires', () => {
    const token = forge()
    verifyToken(token)
    clock.advance(304_999)
    verifyToken(token)
    clock.advance(1)

    refused(token, 'token_expired', 'times')
  })

  it('is checked against the clock, also when the clock is set back', () => {
    const token = forge()
    verifyToken(token)
    clock.advance(-5001)

    refused(token, 'token_issued_in_future', 'times')
  })

  it('is refused once its key is gone', () => {
    const token = forge({ header: { kid: undefined } })
    verifyToken(token)
    putKeys(two.publicPem)
    clock.advance(1000)

    refused(token, 'token_rejected', 'signature')
  })

  it('is refused once its key file is gone', () => {
    const token = forge()
    verifyToken(token)
    rmSync(join(folder, 'id-1_public.pem'))
    clock.advance(1000)

    refused(token, 'token_rejected', 'key')
  })

  it('is verified once more when its key file was written again', () => {
    const token = forge()
    verifyToken(token)
    putKeys(two.publicPem + one.publicPem)
    clock.advance(1000)
    rsa.mockClear()

    expect(verifyToken(token)).toMatchObject({ caller: { keyId: one.keyId }, remembered: false })
    expect(verifyToken(token).remembered).toBe(true)
    expect(rsa).toHaveBeenCalledOnce()
  })

  it('loses the permissions that its application loses in the registry', () => {
    const token = forge()
    verifyToken(token)
    putApplication({ permissions: ['orders:read'], name: 'renamed' })
    clock.advance(1000)

    expect(verifyToken(token).caller).toMatchObject({ permissions: ['orders:read'], name: 'renamed' })
  })

  it('is refused when its application is revoked or removed from the registry', () => {
    const token = forge()
    verifyToken(token)
    putApplication({ revokedAt: '2026-01-01T00:00:00Z' })
    clock.advance(1000)
    refused(token, 'token_rejected', 'application')
    put('applications.json', '[]')
    clock.advance(1000)

    refused(token, 'token_rejected', 'application')
  })

  it('keeps its scope', () => {
    const token = forge({ payload: { scope: 'orders:read' } })
    verifyToken(token)

    expect(verifyToken(token).caller.permissions).toEqual([])
  })

  it('gives the same caller object until the registry changes, and never needs RSA for that', () => {
    const token = forge()
    const { caller } = verifyToken(token)
    expect(verifyToken(token).caller).toBe(caller)
    putApplication({ permissions: ['orders:read'] })
    clock.advance(1000)
    const changed = verifyToken(token)

    expect(changed).toMatchObject({ caller: { permissions: ['orders:read'] }, remembered: true })
    expect(verifyToken(token).caller).toBe(changed.caller)
    expect(rsa).toHaveBeenCalledOnce()
  })

  it('gives what nobody can change: caller, permissions and claims are frozen', () => {
    const { caller, claims } = verifyToken(forge())

    expect([caller, caller.permissions, claims].every(Object.isFrozen)).toBe(true)
  })

  it('is refused by another API, because verifiers share nothing', () => {
    const token = forge()
    verifyToken(token)
    const elsewhere = createVerifier({
      applications: openApplications({ file: join(folder, 'applications.json'), now: clock.now }),
      keyRing: openKeyRing({ folder, now: clock.now }),
      audiences: ['https://elsewhere'],
      now: clock.now,
    })

    expect(() => elsewhere(token)).toThrow(expect.objectContaining({ code: 'audience_mismatch' }))
  })
})

describe('a token that was refused', () => {
  it('is not remembered, so that it is accepted once the right key is there', () => {
    const token = forge({ header: { kid: undefined }, privateKey: two.privateKey })
    refused(token, 'token_rejected', 'signature')
    refused(token, 'token_rejected', 'signature')
    expect(rsa).toHaveBeenCalledTimes(2)
    putKeys(two.publicPem)
    clock.advance(1000)

    expect(verifyToken(token).caller.keyId).toBe(two.keyId)
  })

  it('displaces no accepted token', () => {
    const token = forge()
    verifyToken(token)
    for (let index = 0; index < 300; index++)
      refused(forge({ payload: { jti: index }, signature: () => 'AAAA' }), 'token_rejected', 'signature')
    rsa.mockClear()
    verifyToken(token)

    expect(rsa).not.toHaveBeenCalled()
  })
})

describe('after its lifetime', () => {
  it('a token from a clock that was set back is verified again', () => {
    const token = forge()
    verifyToken(token)
    clock.advance(10 * 60_000)
    verifyToken(forge())
    clock.advance(-10 * 60_000)
    rsa.mockClear()
    verifyToken(token)

    expect(rsa).toHaveBeenCalledOnce()
  })
})
