import { html } from '@signet/web'
import { describe, expect, it } from 'vitest'
import { assertRedacted, mayHoldSignature, redactDecoded, redactEncoded, requestText } from './redact.ts'

const SIGNATURE = Buffer.alloc(256, 0xfb)

describe('what is redacted', () => {
  it('is a signature in every encoding, in encoded and in decoded text', () => {
    for (const encoding of ['base64url', 'base64', 'hex'] as const) {
      const signature = SIGNATURE.toString(encoding).replace(/=+$/, '')

      expect(redactEncoded(`a.b.${signature}`)).toBe(`a.b.‹${signature.length} characters›`)
      expect(redactDecoded(`{"a":"${signature}"}`)).toBe(`{"a":"‹${signature.length} characters›"}`)
    }
  })

  it('is each half of a signature that is split', () => {
    const half = 'x'.repeat(171)

    expect(redactEncoded(`${half}*${half}`)).toBe('‹171 characters›*‹171 characters›')
  })

  it('is, in encoded text, also the shortest signature (HS256), but not a request ID', () => {
    expect(redactEncoded('h'.repeat(43))).toBe('‹43 characters›')
    const requestId = '0b0f1cbb-7a4e-4f0e-9d32-6cf7a5a9b7f5'
    expect(redactEncoded(`x-request-id: ${requestId}`)).toContain(requestId)
  })

  it('is not a key ID in decoded text, in base64url or hexadecimal', () => {
    for (const keyId of ['k'.repeat(43), 'a'.repeat(64)]) expect(redactDecoded(keyId)).toBe(keyId)
  })

  it('is counted with a thousands separator', () => {
    expect(redactDecoded('n'.repeat(8000))).toBe('‹8,000 characters›')
  })
})

it('recognizes a text that may hold the signature of a key of 2048 bits or more', () => {
  expect(mayHoldSignature(`<code>${SIGNATURE.toString('base64url')}</code>`)).toBe(true)
  expect(mayHoldSignature(redactEncoded(SIGNATURE.toString('base64url')))).toBe(false)
})

describe('the text of a request', () => {
  it('has one line for the method and path, and one for each value of each field', () => {
    expect(requestText({ path: '/whoami', headers: { 'x-token': ['one', 'two'], accept: '*/*' } })).toEqual([
      'GET /whoami',
      'x-token: one',
      'x-token: two',
      'accept: */*',
    ])
  })

  it('has the body after an empty line', () => {
    expect(requestText({ method: 'POST', path: '/', body: 'a=b' })).toEqual(['POST /', '', 'a=b'])
  })

  it('shows four or more equal lines as one line with their number', () => {
    expect(requestText({ path: '/', headers: { a: 'x', b: Array(400).fill('y'), c: 'z' } })).toEqual([
      'GET /',
      'a: x',
      'b: y ‹400 times›',
      'c: z',
    ])
    expect(requestText({ path: '/', headers: { b: ['y', 'y', 'y'] } })).toHaveLength(4)
  })

  it('is redacted in the path, in a field and in the body', () => {
    const secret = 's'.repeat(342)
    const lines = requestText({ path: `/?t=${secret}`, headers: { cookie: `t=${secret}` }, body: secret })

    expect(lines).toEqual(['GET /?t=‹342 characters›', 'cookie: t=‹342 characters›', '', '‹342 characters›'])
  })

  it('makes a tab visible', () => {
    expect(requestText({ path: '/', headers: { 'x-token': '\tt' } })).toContain('x-token: ␉t')
  })
})

it('throws for a page that could hold a signature, and returns every other page', async () => {
  const page = (text: string) => ({ title: 'Title', content: html`<p>${text}</p>` })
  const good = page('‹512 characters›')

  await expect(assertRedacted(page('s'.repeat(342)))).rejects.toThrow('could be a signature')
  expect(await assertRedacted(good)).toBe(good)
})
