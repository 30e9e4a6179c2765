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
const signatories = [
  { name: 'the lab', ...application },
  { name: 'an unknown signer', ...unknownSigner },
]
const anatomy = (text: string) => takeApart(text, signatories)

describe('a good token', () => {
  it('has three parts, two of them texts without any finding, and a signature of the lab', () => {
    const { count, header, claims, signature } = anatomy(token())

    expect(count).toBe(3)
    expect(JSON.parse(header?.text ?? '')).toEqual({ alg: 'RS512', typ: 'JWT', kid: application.keyId })
    expect(JSON.parse(claims?.text ?? '')).toMatchObject({ appId: application.appId, iat: 1_800_000_000 })
    expect([header?.findings, claims?.findings]).toEqual([[], []])
    expect(signature).toEqual({ characters: 342, bytes: 256, findings: [], verifiedBy: 'the lab' })
  })
})

describe('of a signature', () => {
  it('nothing is kept, wherever it stands', () => {
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
      const told = JSON.stringify(anatomy(place))
      for (const spelling of [
        secret,
        bytes.toString('hex'),
        bytes.toString('base64'),
        bytes.toString('latin1'),
      ])
        for (let start = 0; start + 24 <= spelling.length; start += 24)
          expect(told).not.toContain(spelling.slice(start, start + 24))
    }
  })

  it('it is told whose key verifies it, or that none does', () => {
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
      signature: { verifiedBy: 'the lab', findings: ['It holds what is no base64url: “=” U+003D.'] },
    })
  })
})

describe('what is missing', () => {
  it.each([
    ['one', 1],
    ['', 1],
    ['one.two', 2],
    ['.'.repeat(4000), 4001],
  ])('is not invented: %j', (text, count) => {
    const told = anatomy(text)

    expect(told.count).toBe(count)
    expect(told.signature === undefined).toBe(count < 3)
    expect(told.claims === undefined).toBe(count < 2)
  })
})

describe('what is found in a part', () => {
  const encoded = (bytes: string | Buffer) => Buffer.from(bytes).toString('base64url')

  it.each([
    ['padding', `${encoded('{}')}=`, ['It holds what is no base64url: “=” U+003D.']],
    [
      'the old alphabet',
      encoded('{"a":"????>>>"}').replace('_', '/'),
      ['It holds what is no base64url: “/” U+002F.'],
    ],
    [
      'stray bits',
      'e31',
      ['Stray bits: its last letter could be another one, and the bytes would be the same.'],
    ],
    ['no JSON', encoded('hello'), ['It is no JSON.']],
    ['nothing', '', ['It is empty.']],
    ['a list', encoded('[1]'), ['It is JSON, but no object.']],
    ['a name twice', encoded('{"a":1,"a":2}'), ['“a” stands there more than once; the last one counts.']],
    [
      'a letter that looks like another',
      encoded('{"a":"nоne"}'),
      ['It holds characters beyond ASCII: “о” U+043E.'],
    ],
    ['many such letters', encoded('{"a":"äöüß€"}'), [expect.stringMatching(/“ü” U\+00FC, and 2 more\.$/)]],
    [
      'a byte that no UTF-8 has',
      encoded(Buffer.from('{"a":"\xff"}', 'latin1')),
      ['Its bytes are not UTF-8.'],
    ],
    ['bytes at random', encoded(Buffer.alloc(100, 0xfb)), ['It is no text.']],
  ])('is %s', (_what, part, findings) => {
    expect(anatomy(part).header?.findings).toEqual(findings)
  })

  it('is shown where it is: a byte that is no character, in hexadecimal', () => {
    const part = encoded(Buffer.from('{"a":"\xff\xe9é"}', 'latin1'))

    expect(anatomy(part).header?.text).toBe('{"a":"⟨ff⟩⟨e9⟩⟨e9⟩"}')
    expect(anatomy(encoded(Buffer.alloc(9, 0xff))).header?.text).toBeUndefined()
  })
})
