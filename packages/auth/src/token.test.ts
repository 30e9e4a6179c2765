import { describe, expect, it } from 'vitest'
import { AuthError, type AuthErrorCode, type Check } from './errors.ts'
import { createForge } from './testing.ts'
import { type Header, readToken } from './token.ts'

const forge = createForge({ appId: 'id-1' })
const GOOD = { alg: 'RS512', typ: 'JWT' }
const PAYLOAD = { appId: 'id-1', iat: 1000, exp: 1300 }

function refusal(token: string): { code: AuthErrorCode; check: Check; reason: string } | undefined {
  try {
    readToken(token)
  } catch (error) {
    if (error instanceof AuthError) return { code: error.code, check: error.check, reason: error.reason }
    throw error
  }
  return undefined
}

const malformed = (check: Check, reason: string) => ({ code: 'token_malformed', check, reason })

describe('readToken', () => {
  it('gives header and claims', () => {
    const token = forge({ header: JSON.stringify(GOOD), payload: JSON.stringify(PAYLOAD) })

    expect(readToken(token)).toEqual({ header: GOOD, claims: PAYLOAD })
  })

  it('does not look at the signature', () => {
    expect(refusal(forge({ signature: () => Buffer.from('any') }))).toBeUndefined()
    expect(refusal(forge({ signature: () => '' }))).toBeUndefined()
  })
})

describe('the shape of a token', () => {
  it.each([
    ['nothing', () => ''],
    ['one part', (token: string) => token.split('.')[0] as string],
    ['two parts', (token: string) => token.split('.').slice(0, 2).join('.')],
    ['four parts', (token: string) => `${token}.AAAA`],
    ['four parts, the last one empty', (token: string) => `${token}.`],
    ['five parts, as of a JWE', (token: string) => `${token}.AAAA.AAAA`],
  ])('is three parts, not %s', (_, change) => {
    expect(refusal(change(forge()))).toEqual(malformed('shape', 'not three parts'))
  })

  it.each([
    ['padding', (bytes: Buffer) => bytes.toString('base64').replaceAll('/', '_')],
    ['the alphabet of base64', (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')],
    ['white space', (bytes: Buffer) => `${bytes.toString('base64url')}\n`],
    ['a character from outside of the alphabet', (bytes: Buffer) => `!${bytes.toString('base64url')}`],
  ])('is base64url, without %s', (_, encode) => {
    // 41 bytes, whose base64 holds `/` and needs padding.
    const header = '{"alg":"RS512","x":"???"}'.padEnd(41)

    expect(refusal(forge({ header, encode }))).toEqual(malformed('shape', 'not canonical base64url'))
  })

  it('is canonical base64url, without stray bits', () => {
    // 61 bytes that end in a blank: the last character is an `A`, of which the lower four bits mean nothing.
    const header = JSON.stringify(GOOD).padEnd(61)
    const payload = JSON.stringify(PAYLOAD).padEnd(61)
    const stray = (bytes: Buffer) => bytes.toString('base64url').replace(/A$/, 'B')
    const refused = malformed('shape', 'not canonical base64url')

    expect(refusal(forge({ header, payload }))).toBeUndefined()
    expect(refusal(forge({ header, encode: stray }))).toEqual(refused)
    expect(refusal(forge({ payload, encode: stray }))).toEqual(refused)
  })

  it.each(['AA==', 'A', 'AB', 'A+A/', 'AAAA\n', ' AAAA'])('holds for the signature %j, too', (signature) => {
    expect(refusal(forge({ signature: () => signature }))).toEqual(
      malformed('shape', 'not canonical base64url'),
    )
  })

  const notUtf8 = (text: string) =>
    Buffer.concat([Buffer.from(text).subarray(0, -1), Buffer.from(',"x":"\xff"}', 'latin1')])

  it.each([
    ['header', forge({ header: notUtf8(JSON.stringify(GOOD)) })],
    ['payload', forge({ payload: notUtf8(JSON.stringify(PAYLOAD)) })],
  ])('is UTF-8 in the %s', (_, token) => {
    expect(refusal(token)).toEqual(malformed('shape', 'not UTF-8'))
  })

  it.each([
    ['header', 'nothing', forge({ header: '' })],
    ['header', 'text', forge({ header: 'RS512' })],
    ['header', 'a byte order mark', forge({ header: `\ufeff${JSON.stringify(GOOD)}` })],
    ['header', 'more than an object', forge({ header: `${JSON.stringify(GOOD)}{}` })],
    ['payload', 'nothing', forge({ payload: '' })],
    ['payload', 'text', forge({ payload: 'id-1' })],
    ['payload', 'a byte order mark', forge({ payload: `\ufeff${JSON.stringify(PAYLOAD)}` })],
    ['payload', 'NaN', forge({ payload: '{"appId":"id-1","iat":NaN,"exp":1300}' })],
  ])('is JSON in the %s, not %s', (_part, _what, token) => {
    expect(refusal(token)).toEqual(malformed('shape', 'not JSON'))
  })

  it.each(['null', '[]', '"text"', '1', 'true'])('is an object in header and payload, not %s', (text) => {
    expect(refusal(forge({ header: text }))).toEqual(malformed('shape', 'not a JSON object'))
    expect(refusal(forge({ payload: text }))).toEqual(malformed('shape', 'not a JSON object'))
  })

  it('may hold any text in UTF-8', () => {
    expect(readToken(forge({ header: { x: 'é😀' }, payload: { y: 'ß' } }))).toMatchObject({
      header: { x: 'é😀' },
      claims: { y: 'ß' },
    })
  })

  it('takes the last of repeated members (RFC 7519 §4)', () => {
    const payload = '{"appId":"id-2","appId":"id-1","iat":1000,"exp":1300}'

    expect(readToken(forge({ payload })).claims.appId).toBe('id-1')
    expect(refusal(forge({ header: '{"alg":"RS512","alg":"none"}' }))?.code).toBe('algorithm_not_allowed')
  })

  it('may be nested deeply without harm', () => {
    const deep = '['.repeat(20_000) + ']'.repeat(20_000)

    expect(refusal(forge({ payload: `{"appId":"id-1","iat":1000,"exp":1300,"x":${deep}}` }))).toBeUndefined()
    expect(refusal(forge({ header: `{"alg":${deep}}` }))?.code).toBe('algorithm_not_allowed')
  })
})

describe('the header of a token', () => {
  it.each([
    'none',
    'None',
    'NONE',
    '',
    'HS512',
    'RS256',
    'RS384',
    'PS512',
    'ES512',
    'EdDSA',
    'rs512',
    'RS512 ',
    ['RS512'],
    null,
    512,
    true,
    { alg: 'RS512' },
  ])('has the algorithm RS512, not %j', (alg) => {
    expect(refusal(forge({ header: { alg } }))).toEqual({
      code: 'algorithm_not_allowed',
      check: 'algorithm',
      reason: `alg is ${JSON.stringify(alg)}`,
    })
  })

  it('has an algorithm', () => {
    expect(refusal(forge({ header: { alg: undefined } }))).toMatchObject({
      code: 'algorithm_not_allowed',
      reason: 'alg is undefined',
    })
    expect(refusal(forge({ header: '{"__proto__":{"alg":"RS512"}}' }))?.code).toBe('algorithm_not_allowed')
  })

  it.each([[['b64']], [['exp']], [[]], [null], [false], [''], [0]])('has no crit, not even %j', (crit) => {
    expect(refusal(forge({ header: { crit } }))).toEqual(malformed('critical', 'crit is present'))
  })

  it.each(['JWT', 'jwt', 'Jwt', undefined])('may have the type %j', (typ) => {
    expect(refusal(forge({ header: { typ } }))).toBeUndefined()
  })

  it.each(['', 'JOSE', 'at+jwt', 'application/jwt', 'JWT ', 'jwt\n', null, 0, false, ['JWT'], {}])(
    'may not have the type %j',
    (typ) => {
      expect(refusal(forge({ header: { typ } }))).toEqual(malformed('type', 'typ is not JWT'))
    },
  )

  it.each(['', '../a', 'any', undefined])('may have the key ID %j, which is not looked up here', (kid) => {
    expect(refusal(forge({ header: { kid } }))).toBeUndefined()
  })

  it.each([null, 0, false, ['any'], {}])('may not have the key ID %j', (kid) => {
    expect(refusal(forge({ header: { kid } }))).toEqual(malformed('type', 'kid is not a string'))
  })

  it.each(['jwk', 'jku', 'x5c', 'x5u', 'cty', 'b64'])('may have a %s, which is not looked at', (name) => {
    expect(refusal(forge({ header: { [name]: 'https://example.org' } }))).toBeUndefined()
  })

  it('is checked before the claims', () => {
    expect(refusal(forge({ header: { kid: 1 }, payload: { appId: 1 } }))?.check).toBe('type')
    expect(refusal(forge({ payload: { appId: 1 } }))?.check).toBe('claims')
  })
})

describe('the headers that were accepted before', () => {
  it('are not parsed again, and give the same header object', () => {
    const headers = new Map<string, Header>()
    const { header } = readToken(forge(), headers)

    expect(readToken(forge(), headers).header).toBe(header)
    expect(Object.isFrozen(header)).toBe(true)
    expect(headers.size).toBe(1)
  })

  it('hold no refused header', () => {
    const headers = new Map<string, Header>()

    expect(() => readToken(forge({ header: { alg: 'RS256' } }), headers)).toThrow()
    expect(headers.size).toBe(0)
  })

  it('are at most 256, however many different ones come', () => {
    const headers = new Map<string, Header>()
    const sizes = Array.from({ length: 300 }, (_, index) => {
      readToken(forge({ header: { kid: `${index}` } }), headers)
      return headers.size
    })

    expect(Math.max(...sizes)).toBe(256)
    expect(sizes.slice(0, 3)).toEqual([1, 2, 3])
  })
})
