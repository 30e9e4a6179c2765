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
  it('is accepted by the library as a token of its application', () => {
    const { verifyToken } = openVerifier({ signers: [application], audience, now: () => seconds * 1000 })

    expect(verifyToken(token()).caller).toMatchObject({ appId: application.appId, keyId: application.keyId })
  })

  it('has the same header and claims as a token of the library', () => {
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

  it('is different each time, unless the token ID is given', () => {
    const { tokenId: _, ...rest } = material
    const forge = createForge(rest)

    expect(forge.token()).not.toBe(forge.token())
    expect(token()).toBe(token())
  })

  it('has the application ID in the claim of that name', () => {
    const { claims } = decoded(createForge({ ...material, claim: 'client' }).token())

    expect(claims).toMatchObject({ client: application.appId })
    expect(claims).not.toHaveProperty('appId')
  })
})

describe('a forged token', () => {
  it('has members replaced or removed', () => {
    const { header, claims } = decoded(token({ header: { kid: undefined, alg: 'none' }, claims: { exp: 1 } }))

    expect(header).toEqual({ alg: 'none', typ: 'JWT' })
    expect(claims).toMatchObject({ exp: 1, iat: seconds })
  })

  it('has the same application ID in iss', () => {
    expect(decoded(token({ appId: '../x' })).claims).toMatchObject({ appId: '../x', iss: '../x' })
  })

  it('has any text or bytes, or a change of the good text', () => {
    const text = token({ header: 'text', claims: Buffer.from([0xff]) }).split('.')
    const changed = token({ claims: (good) => `\ufeff${good}` }).split('.')

    expect(text.slice(0, 2)).toEqual([Buffer.from('text').toString('base64url'), '_w'])
    expect(changed[1]).toMatch(/^77u_/)
  })

  it('has a signature of the parts as they are encoded', () => {
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

  it('has its parts joined in any way', () => {
    expect(token({ assemble: (header, _claims, signature) => `${signature}|${header}` })).toMatch(
      /^[^.]+\|[^.]+$/,
    )
  })

  it('is different in every attack, and differs from the good token', () => {
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

it('is sent as it is, or as Bearer in Authorization', () => {
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
