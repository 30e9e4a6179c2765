import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import jwt from 'jsonwebtoken'
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openApplications } from './applications.ts'
import { openKeyRing } from './key-ring.ts'
import { createClock, createForge, keyPair } from './testing.ts'
import { createVerifier, type VerifyToken } from './verify.ts'

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
  it('is taken again without RSA, and with the same answer', () => {
    const token = forge()
    const first = verifyToken(token)

    expect(first.remembered).toBe(false)
    expect(verifyToken(token)).toEqual({ ...first, remembered: true })
    expect(rsa).toHaveBeenCalledOnce()
  })

  it('vouches for no other token, not even one of the same claims', () => {
    const token = forge()
    verifyToken(token)
    verifyToken(forge({ header: { typ: undefined } }))
    expect(rsa).toHaveBeenCalledTimes(2)

    const [header, payload] = token.split('.')
    refused(`${header}.${payload}.AAAA`, 'token_rejected', 'signature')
  })

  it('gives the claims that it holds itself, whatever was verified in between', () => {
    const [a, b] = [forge({ payload: { jti: 'a' } }), forge({ payload: { jti: 'b' } })]
    verifyToken(a)
    verifyToken(b)

    expect(verifyToken(a).claims.jti).toBe('a')
    expect(verifyToken(b).claims.jti).toBe('b')
  })

  it('expires all the same', () => {
    const token = forge()
    verifyToken(token)
    clock.advance(304_999)
    verifyToken(token)
    clock.advance(1)

    refused(token, 'token_expired', 'times')
  })

  it('is judged by the clock even when that is set back', () => {
    const token = forge()
    verifyToken(token)
    clock.advance(-5001)

    refused(token, 'token_issued_in_future', 'times')
  })

  it('dies with its key', () => {
    const token = forge({ header: { kid: undefined } })
    verifyToken(token)
    putKeys(two.publicPem)
    clock.advance(1000)

    refused(token, 'token_rejected', 'signature')
  })

  it('dies with its key file', () => {
    const token = forge()
    verifyToken(token)
    rmSync(join(folder, 'id-1_public.pem'))
    clock.advance(1000)

    refused(token, 'token_rejected', 'key')
  })

  it('is verified anew, once, when its key file was written anew', () => {
    const token = forge()
    verifyToken(token)
    putKeys(two.publicPem + one.publicPem)
    clock.advance(1000)
    rsa.mockClear()

    expect(verifyToken(token)).toMatchObject({ caller: { keyId: one.keyId }, remembered: false })
    expect(verifyToken(token).remembered).toBe(true)
    expect(rsa).toHaveBeenCalledOnce()
  })

  it('loses what its application loses on the application registry', () => {
    const token = forge()
    verifyToken(token)
    putApplication({ permissions: ['orders:read'], name: 'renamed' })
    clock.advance(1000)

    expect(verifyToken(token).caller).toMatchObject({ permissions: ['orders:read'], name: 'renamed' })
  })

  it('dies when its application is revoked or taken off the application registry', () => {
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

  it('is refused at the API that it is not for: nothing is shared between verifiers', () => {
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
  it('is never remembered: the right key, come later, makes it good', () => {
    const token = forge({ header: { kid: undefined }, privateKey: two.privateKey })
    refused(token, 'token_rejected', 'signature')
    refused(token, 'token_rejected', 'signature')
    expect(rsa).toHaveBeenCalledTimes(2)
    putKeys(two.publicPem)
    clock.advance(1000)

    expect(verifyToken(token).caller.keyId).toBe(two.keyId)
  })

  it('pushes out none that was good', () => {
    const token = forge()
    verifyToken(token)
    for (let index = 0; index < 300; index++)
      refused(forge({ payload: { jti: index }, signature: () => 'AAAA' }), 'token_rejected', 'signature')
    rsa.mockClear()
    verifyToken(token)

    expect(rsa).not.toHaveBeenCalled()
  })
})

describe('ten minutes after it was verified', () => {
  it('a token of a clock that went back is verified anew', () => {
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
