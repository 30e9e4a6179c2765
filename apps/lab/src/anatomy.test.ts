import { createForge, newSigner } from '@signet/attacks'
import { describe, expect, it } from 'vitest'
import { takeApart } from './anatomy.ts'

const application = newSigner()
const unknownSigner = newSigner()
const { token } = createForge({
  application,
  unknownSigner,
  audience: 'https://api.example',
  now: 1_800_000_000,
})
const keys = [
  { name: 'the lab', ...application },
  { name: 'an unknown signer', ...unknownSigner },
]
const anatomy = (text: string) => takeApart(text, keys)

describe('a good token', () => {
  it('has three parts, no findings, and a signature that the key of the lab verifies', () => {
    const { count, header, claims, signature } = anatomy(token())

    expect(count).toBe(3)
    expect(JSON.parse(header?.text ?? '')).toEqual({ alg: 'RS512', typ: 'JWT', kid: application.keyId })
    expect(JSON.parse(claims?.text ?? '')).toMatchObject({ appId: application.appId, iat: 1_800_000_000 })
    expect([header?.findings, claims?.findings]).toEqual([[], []])
    expect(signature).toEqual({ characters: 342, bytes: 256, findings: [], verifiedBy: 'the lab' })
  })
})

describe('a signature', () => {
  it('is not kept, wherever it is', () => {
    const secret = token().split('.')[2] ?? ''
    const bytes = Buffer.from(secret, 'base64url')
    const places = [
      token(),
      `${token()}.${secret}`,
      `.${secret}`,
      secret,
      `..${secret}`,
      Buffer.from(token()).toString('base64url'),
      Buffer.from(bytes.toString('hex')).toString('base64url'),
      token({ claims: token() }),
      token({ header: { jws: token() } }),
      JSON.stringify({ signature: secret }),
    ]

    for (const place of places) {
      const shown = JSON.stringify(anatomy(place))
      for (const spelling of [
        secret,
        bytes.toString('hex'),
        bytes.toString('base64'),
        bytes.toString('latin1'),
      ])
        for (let start = 0; start + 24 <= spelling.length; start += 24)
          expect(shown).not.toContain(spelling.slice(start, start + 24))
    }
  })

  it('has the name of the key that verifies it, or none', () => {
    const byUnknownSigner = createForge({
      application: unknownSigner,
      unknownSigner,
      audience: '',
      now: 0,
    }).token()

    expect(anatomy(byUnknownSigner).signature?.verifiedBy).toBe('an unknown signer')
    expect(anatomy(token({ sign: () => Buffer.alloc(256) })).signature?.verifiedBy).toBeUndefined()
    expect(
      anatomy(token({ encode: { signature: (good) => `${good.toString('base64url')}=` } })),
    ).toMatchObject({
      signature: {
        verifiedBy: 'the lab',
        findings: ['It has characters that are not base64url: “=” U+003D.'],
      },
    })
  })
})

describe('a missing part', () => {
  it.each([
    ['one', 1],
    ['', 1],
    ['one.two', 2],
    ['.'.repeat(4000), 4001],
  ])('is undefined: %j', (text, count) => {
    const result = anatomy(text)

    expect(result.count).toBe(count)
    expect(result.signature === undefined).toBe(count < 3)
    expect(result.claims === undefined).toBe(count < 2)
  })
})

const encoded = (bytes: string | Buffer) => Buffer.from(bytes).toString('base64url')

describe('a finding of a part', () => {
  it.each([
    ['padding', `${encoded('{}')}=`, ['It has characters that are not base64url: “=” U+003D.']],
    [
      'the old alphabet',
      encoded('{"a":"????>>>"}').replace('_', '/'),
      ['It has characters that are not base64url: “/” U+002F.'],
    ],
    ['stray bits', 'e31', ['It has stray bits: another last character would decode to the same bytes.']],
    ['text that is not JSON', encoded('hello'), ['It is not JSON.']],
    ['no content', '', ['It is empty.']],
    ['a list', encoded('[1]'), ['It is JSON, but not an object.']],
    ['a repeated name', encoded('{"a":1,"a":2}'), ['It has “a” more than once; the last one counts.']],
    [
      'a letter that looks like another one',
      encoded('{"a":"nоne"}'),
      ['It has characters beyond ASCII: “о” U+043E.'],
    ],
    ['many such letters', encoded('{"a":"äöüß€"}'), [expect.stringMatching(/“ü” U\+00FC, and 2 more\.$/)]],
    [
      'a byte that is not UTF-8',
      encoded(Buffer.from('{"a":"\xff"}', 'latin1')),
      ['Its bytes are not UTF-8.'],
    ],
    ['bytes that are not text', encoded(Buffer.alloc(100, 0xfb)), ['It is not text.']],
  ])('names %s', (_what, part, findings) => {
    expect(anatomy(part).header?.findings).toEqual(findings)
  })
})

describe('the text of a part', () => {
  it('shows a byte that is not UTF-8 in hexadecimal', () => {
    const part = encoded(Buffer.from('{"a":"\xff\xe9é"}', 'latin1'))

    expect(anatomy(part).header?.text).toBe('{"a":"⟨ff⟩⟨e9⟩⟨e9⟩"}')
    expect(anatomy(encoded(Buffer.alloc(9, 0xff))).header?.text).toBeUndefined()
  })
})
