import jwt from 'jsonwebtoken'
import { describe, expect, it } from 'vitest'
import { thumbprint } from './key-pair.ts'
import { createClock, createForge, keyPair } from './testing.ts'

const NOW = Date.parse('2026-01-31T12:00:00Z')
const verify = (token: string, key = keyPair().publicKey) =>
  jwt.verify(token, key, { algorithms: ['RS512'], clockTimestamp: NOW / 1000, complete: true })

describe('keyPair', () => {
  it('gives the same pair for the same name, and another for another', () => {
    expect(keyPair('a')).toBe(keyPair('a'))
    expect(keyPair('a').keyId).not.toBe(keyPair('b').keyId)
  })

  it('gives the key ID and both halves as PEM', () => {
    const { publicKey, keyId, publicPem, privatePem } = keyPair()

    expect(keyId).toBe(thumbprint(publicKey))
    expect(publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048)
    expect(publicPem).toMatch(/^-----BEGIN PUBLIC KEY-----\n/)
    expect(privatePem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/)
  })
})

describe('createClock', () => {
  it('changes only when it is told to', () => {
    const clock = createClock(1500)
    expect([clock.now(), clock.seconds()]).toEqual([1500, 1.5])
    clock.advance(500)
    expect(clock.now()).toBe(2000)
    clock.set(7)

    expect(clock.now()).toBe(7)
  })
})

describe('createForge', () => {
  const forge = createForge({ appId: 'id-1', audience: 'https://api', now: () => NOW })

  it('makes a valid token', () => {
    expect(verify(forge())).toMatchObject({
      header: { alg: 'RS512', typ: 'JWT', kid: keyPair().keyId },
      payload: { appId: 'id-1', iss: 'id-1', aud: 'https://api', iat: NOW / 1000, exp: NOW / 1000 + 300 },
    })
  })

  it('replaces or removes members of a valid token', () => {
    const { header, payload } = verify(forge({ header: { kid: undefined, x: 1 }, payload: { scope: '' } }))

    expect(header).toEqual({ alg: 'RS512', typ: 'JWT', x: 1 })
    expect(payload).toMatchObject({ appId: 'id-1', scope: '' })
  })

  it('takes header and payload as they are, and signs them', () => {
    const payload = '{"appId":"a","appId":"b"}'

    expect(verify(forge({ header: Buffer.from('{ "alg":"RS512"}'), payload })).payload).toEqual({
      appId: 'b',
    })
  })

  it('signs with another key', () => {
    const token = forge({ privateKey: keyPair('other').privateKey })

    expect(() => verify(token)).toThrow('invalid signature')
    expect(() => verify(token, keyPair('other').publicKey)).not.toThrow()
  })

  it('signs the parts as they were encoded', () => {
    const [header] = forge({ encode: (bytes) => `${bytes.toString('base64url')}=` }).split('.')

    expect(header).toMatch(/=$/)
  })

  it('takes any signature, as bytes or as text', () => {
    expect(forge({ signature: () => Buffer.from([255]) })).toMatch(/\._w$/)
    expect(forge({ signature: (input) => String(input.split('.').length) })).toMatch(/\.2$/)
  })
})
