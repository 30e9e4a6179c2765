import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import jwt from 'jsonwebtoken'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { AUDIENCE, file, folder, makeKeyFiles, open, START, write } from '../test/token-source.ts'
import { createClock, keyPair } from './testing.ts'
import { openTokenSource } from './token-source.ts'

makeKeyFiles()

const one = keyPair('one')
const two = keyPair('two')

describe('a token source', () => {
  it('belongs to the application that its file names', () => {
    const { tokens } = open()

    expect(tokens.appId).toBe('id-1')
    expect(tokens.audience).toBe(AUDIENCE)
  })

  it('issues a token for its application and audience, signed with its key', () => {
    const { token } = open().tokens.issue()

    expect(
      jwt.verify(token, one.publicKey, { algorithms: ['RS512'], clockTimestamp: START / 1000 }),
    ).toMatchObject({ appId: 'id-1', iss: 'id-1', aud: AUDIENCE, iat: START / 1000, exp: START / 1000 + 300 })
  })

  it('shows header and claims, never the signature', () => {
    const { token, issued } = open().tokens.issue()
    const [, payload, signature] = token.split('.') as [string, string, string]

    expect(issued).toEqual({
      header: { alg: 'RS512', typ: 'JWT', kid: one.keyId },
      claims: JSON.parse(Buffer.from(payload, 'base64url').toString()),
      reused: false,
      milliseconds: expect.any(Number),
    })
    expect(JSON.stringify(issued)).not.toContain(signature)
  })

  it('says how long it took', () => {
    const now = vi.spyOn(performance, 'now')
    onTestFinished(() => now.mockRestore())
    const { issue } = open()
    now.mockReturnValueOnce(100).mockReturnValueOnce(107)

    expect(issue().milliseconds).toBe(7)
  })

  it('gives shorter tokens when asked', () => {
    const { iat, exp } = open({ lifetime: 60 }).issue().claims

    expect(exp - iat).toBe(60)
  })

  it.each([0, -1, 1.5, 301, Number.NaN])('are refused with a lifetime of %d seconds', (lifetime) => {
    expect(() => open({ lifetime })).toThrow(new RangeError('lifetime must be 1 to 300 whole seconds'))
  })

  it.each([
    'https://api.test/',
    'https://api.test:443',
    'https://API.test',
    'api.test',
    'http://a:1.test',
    '',
  ])('are refused with the audience %j, which no request has as its origin', (audience) => {
    expect(() => openTokenSource({ file, audience })).toThrow(
      new TypeError('audience must be an origin, such as https://api.example.com'),
    )
  })

  it("uses the system's clock by default", () => {
    const { issued } = openTokenSource({ file, audience: AUDIENCE }).issue()

    expect(Math.abs(issued.claims.iat - Date.now() / 1000)).toBeLessThan(60)
  })

  it.each([
    'id-1_public.pem',
    'id-1.pem',
    'private.pem',
    '_private.pem',
    'id 1_private.pem',
    'id.1_private.pem',
    '.._private.pem',
    'id-1_private.pem.bak',
    'xid-1-private.pem',
    `${'a'.repeat(129)}_private.pem`,
  ])('refuses a file of the name %j', (name) => {
    const other = join(folder, name)
    writeFileSync(other, one.privatePem)

    expect(() => openTokenSource({ file: other, audience: AUDIENCE })).toThrow(
      expect.objectContaining({
        code: 'key_file_invalid',
        file: other,
        message: `${other}: must be named <appId>_private.pem`,
      }),
    )
  })

  it('throws at once when there is no key to begin with', () => {
    write('broken')
    expect(open).toThrow(expect.objectContaining({ code: 'key_file_invalid' }))
    rmSync(file)
    expect(open).toThrow(expect.objectContaining({ code: 'ENOENT' }))
  })
})

describe('a token', () => {
  it('is reused, and says so', () => {
    const { tokens, clock } = open()
    const first = tokens.issue()
    clock.advance(100_000)
    const second = tokens.issue()

    expect(second.token).toBe(first.token)
    expect(first.issued.reused).toBe(false)
    expect(second.issued).toMatchObject({ reused: true, claims: first.issued.claims })
  })

  it('is signed once for parallel callers', () => {
    const sign = vi.spyOn(jwt, 'sign')
    onTestFinished(() => sign.mockRestore())
    const { tokens } = open()
    const issued = new Set(Array.from({ length: 50 }, () => tokens.issue().token))

    expect(issued.size).toBe(1)
    expect(sign).toHaveBeenCalledOnce()
  })

  it('is not renewed before four fifths of its lifetime', async () => {
    const { tokens, clock } = open()
    const { token } = tokens.issue()
    clock.advance(239_999)
    tokens.issue()
    await turn()

    expect(tokens.issue().token).toBe(token)
  })

  it('is renewed once after four fifths of its lifetime, while callers still get the old one', async () => {
    const sign = vi.spyOn(jwt, 'sign')
    onTestFinished(() => sign.mockRestore())
    const { tokens, clock } = open()
    const { token } = tokens.issue()
    clock.advance(240_000)
    const meanwhile = [tokens.issue().token, tokens.issue().token, tokens.issue().token]
    await turn()
    await turn()
    const next = tokens.issue()

    expect(meanwhile).toEqual([token, token, token])
    expect(next.token).not.toBe(token)
    expect(next.issued).toMatchObject({ reused: false, claims: { iat: START / 1000 + 240 } })
    expect(tokens.issue().issued.reused).toBe(true)
    expect(sign).toHaveBeenCalledTimes(2)
  })

  it('is renewed after four fifths of a shorter lifetime, too', async () => {
    const { tokens, clock } = open({ lifetime: 60 })
    const { token } = tokens.issue()
    clock.advance(47_999)
    tokens.issue()
    await turn()
    expect(tokens.issue().token).toBe(token)
    clock.advance(1)
    tokens.issue()
    await turn()

    expect(tokens.issue().token).not.toBe(token)
  })

  it('is renewed ahead time after time', async () => {
    const { tokens, clock } = open()
    const seen = new Set<string>()
    for (let round = 0; round < 3; round++) {
      seen.add(tokens.issue().token)
      clock.advance(240_000)
      tokens.issue()
      await turn()
    }

    expect(seen.size).toBe(3)
  })

  it('is used until it expires, and no longer', () => {
    const { tokens, clock } = open()
    const { token } = tokens.issue()
    clock.advance(299_999)
    expect(tokens.issue().token).toBe(token)
    clock.advance(1)
    const next = tokens.issue()

    expect(next.token).not.toBe(token)
    expect(next.issued).toMatchObject({ reused: false, claims: { iat: START / 1000 + 300 } })
  })

  it('that was signed during a call is not signed a second time afterwards', async () => {
    const { tokens, clock } = open()
    tokens.issue()
    clock.advance(240_000)
    tokens.issue()
    clock.advance(60_000)
    const { token } = tokens.issue()
    await turn()

    expect(tokens.issue().token).toBe(token)
  })
})

describe('the key file', () => {
  it('is looked at again within a second', () => {
    const { clock, issue } = open()
    issue()
    write(two.privatePem)
    clock.advance(999)
    expect(issue().header.kid).toBe(one.keyId)
    clock.advance(1)

    expect(issue()).toMatchObject({ header: { kid: two.keyId }, reused: false })
  })

  it.each([
    ['cannot be parsed', () => write('broken')],
    ['holds a public key', () => write(one.publicPem)],
    ['is gone', () => rmSync(file)],
    [
      'cannot be read',
      () => {
        rmSync(file)
        symlinkSync(file, file)
      },
    ],
    [
      'is a folder',
      () => {
        rmSync(file)
        mkdirSync(file)
      },
    ],
  ])('leaves the last good key when it %s, and says so once', (_, spoil) => {
    const { clock, issue, onNotice } = open()
    const { claims } = issue()
    spoil()
    for (let second = 0; second < 3; second++) {
      clock.advance(1000)
      expect(issue().claims).toEqual(claims)
    }
    clock.advance(300_000)

    expect(issue()).toMatchObject({ header: { kid: one.keyId }, reused: false })
    expect(onNotice).toHaveBeenCalledExactlyOnceWith({ kind: 'key_unusable', fault: expect.any(Error) })
  })

  it('is reported again for another fault', () => {
    const { clock, issue, onNotice } = open()
    for (const text of ['broken', one.publicPem, one.privatePem, one.publicPem]) {
      write(text)
      clock.advance(1000)
      issue()
    }

    expect(onNotice).toHaveBeenCalledTimes(3)
  })

  it('may have a fault without an `onNotice`', () => {
    const clock = createClock(START)
    const tokens = openTokenSource({ file, audience: AUDIENCE, now: clock.now })
    write('broken')
    clock.advance(1000)

    expect(tokens.issue().issued.header.kid).toBe(one.keyId)
  })
})
