import { verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { openVerifier } from '../test/verifier.ts'
import { attacks } from './attacks/index.ts'
import { createForge } from './forge.ts'
import { hmacWith, newSigner } from './signing.ts'

const audience = 'https://localhost:3000'
const application = newSigner('e94a0b7731f5d26c')
const seconds = Date.parse('2026-01-31T12:00:00Z') / 1000
const material = {
  application,
  other: newSigner(),
  unknownSigner: newSigner(),
  audience,
  now: seconds,
  tokenId: 'id',
}
const { token, carried } = createForge(material)

describe('a good token', () => {
  it('is accepted by the library, as its application', () => {
    const { verifyToken } = openVerifier({ signers: [application], audience, now: () => seconds * 1000 })

    expect(verifyToken(token()).caller).toMatchObject({ appId: application.appId, keyId: application.keyId })
  })

  it('says what a client of the library says', () => {
    expect(decoded(token())).toEqual({
      header: { alg: 'RS512', typ: 'JWT', kid: application.keyId },
      claims: {
        appId: application.appId,
        iss: application.appId,
        aud: audience,
        iat: seconds,
        exp: seconds + 300,
        jti: 'id',
      },
    })
  })

  it('is another one each time, unless its ID is given', () => {
    const { tokenId: _, ...rest } = material
    const forge = createForge(rest)

    expect(forge.token()).not.toBe(forge.token())
    expect(token()).toBe(token())
  })

  it('holds the ID in the claim that is asked for', () => {
    const { claims } = decoded(createForge({ ...material, claim: 'client' }).token())

    expect(claims).toMatchObject({ client: application.appId })
    expect(claims).not.toHaveProperty('appId')
  })
})

describe('a forged token', () => {
  it('has members laid over the good ones, or taken away', () => {
    const { header, claims } = decoded(token({ header: { kid: undefined, alg: 'none' }, claims: { exp: 1 } }))

    expect(header).toEqual({ alg: 'none', typ: 'JWT' })
    expect(claims).toMatchObject({ exp: 1, iat: seconds })
  })

  it('has an ID with which its issuer agrees', () => {
    expect(decoded(token({ appId: '../x' })).claims).toMatchObject({ appId: '../x', iss: '../x' })
  })

  it('has any text, any bytes, or the good text changed', () => {
    const text = token({ header: 'text', claims: Buffer.from([0xff]) }).split('.')
    const changed = token({ claims: (good) => `\ufeff${good}` }).split('.')

    expect(text.slice(0, 2)).toEqual([Buffer.from('text').toString('base64url'), '_w'])
    expect(changed[1]).toMatch(/^77u_/)
  })

  it('is signed over what was sent, however that is written', () => {
    const [header = '', claims = '', signature = ''] = token({
      encode: { claims: (bytes) => `${bytes.toString('base64')}=` },
    }).split('.')

    expect(claims).toMatch(/=$/)
    expect(verifies(`${header}.${claims}`, signature)).toBe(true)
  })

  it('has any signature', () => {
    const sign = hmacWith('HS256', Buffer.from('secret'))
    const [header, claims, signature] = token({ sign }).split('.')

    expect(signature).toBe(sign(`${header}.${claims}`).toString('base64url'))
  })

  it('is made of its parts in any way', () => {
    expect(token({ assemble: (header, _claims, signature) => `${signature}|${header}` })).toMatch(
      /^[^.]+\|[^.]+$/,
    )
  })

  it('differs from the good one in every attack, and from that of every other attack', () => {
    const forge = createForge(material)
    const tokens = attacks
      .map((attack) => ({ name: attack.name, token: attack.forge(forge) }))
      .filter((forged) => typeof forged.token === 'string')
    const firstWith = new Map([
      [token(), 'the good token'],
      ...tokens.map((it) => [it.token, it.name] as const),
    ])

    expect(tokens.filter((it) => firstWith.get(it.token as string) !== it.name)).toEqual([])
    expect(firstWith.size).toBe(tokens.length + 1)
  })
})

it('is carried as it is, or as Bearer in Authorization', () => {
  expect(carried('a.b.c')).toBe('a.b.c')
  expect(createForge({ ...material, field: 'Authorization' }).carried('a.b.c')).toBe('Bearer a.b.c')
})

function decoded(compact: string) {
  const [header, claims] = compact.split('.').map((part) => Buffer.from(part, 'base64url').toString())
  return { header: JSON.parse(header ?? ''), claims: JSON.parse(claims ?? '') }
}

function verifies(input: string, signature: string): boolean {
  return verify('sha512', Buffer.from(input), application.publicKey, Buffer.from(signature, 'base64url'))
}
