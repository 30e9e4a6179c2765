import { html } from '@signet/web'
import { describe, expect, it } from 'vitest'
import { holdsSignature, requestText, seal, withholdDecoded, withholdOnTheWire } from './redact.ts'

const SIGNATURE = Buffer.alloc(256, 0xfb)

describe('what is withheld', () => {
  it('is a signature in every spelling, on the wire and in what was decoded', () => {
    for (const spelling of ['base64url', 'base64', 'hex'] as const) {
      const signature = SIGNATURE.toString(spelling).replace(/=+$/, '')

      expect(withholdOnTheWire(`a.b.${signature}`)).toBe(`a.b.‹${signature.length} characters›`)
      expect(withholdDecoded(`{"a":"${signature}"}`)).toBe(`{"a":"‹${signature.length} characters›"}`)
    }
  })

  it('is each half of one that is cut in two', () => {
    const half = 'x'.repeat(171)

    expect(withholdOnTheWire(`${half}*${half}`)).toBe('‹171 characters›*‹171 characters›')
  })

  it('is on the wire also the shortest one, of HS256, but not a request ID', () => {
    expect(withholdOnTheWire('h'.repeat(43))).toBe('‹43 characters›')
    const requestId = '0b0f1cbb-7a4e-4f0e-9d32-6cf7a5a9b7f5'
    expect(withholdOnTheWire(`x-request-id: ${requestId}`)).toContain(requestId)
  })

  it('is not a key ID in a header, in base64url or hexadecimal', () => {
    for (const keyId of ['k'.repeat(43), 'a'.repeat(64)]) expect(withholdDecoded(keyId)).toBe(keyId)
  })

  it('is counted as people write numbers', () => {
    expect(withholdDecoded('n'.repeat(8000))).toBe('‹8,000 characters›')
  })
})

it('tells a text that holds the signature of a key of 2048 bits or more', () => {
  expect(holdsSignature(`<code>${SIGNATURE.toString('base64url')}</code>`)).toBe(true)
  expect(holdsSignature(withholdOnTheWire(SIGNATURE.toString('base64url')))).toBe(false)
})

it('is a line for the method and path, and one for each field, as often as it is sent', () => {
  expect(requestText({ path: '/whoami', headers: { 'x-token': ['one', 'two'], accept: '*/*' } })).toEqual([
    'GET /whoami',
    'x-token: one',
    'x-token: two',
    'accept: */*',
  ])
})

it('shows a body behind an empty line', () => {
  expect(requestText({ method: 'POST', path: '/', body: 'a=b' })).toEqual(['POST /', '', 'a=b'])
})

it('counts what is sent more than three times', () => {
  expect(requestText({ path: '/', headers: { a: 'x', b: Array(400).fill('y'), c: 'z' } })).toEqual([
    'GET /',
    'a: x',
    'b: y ‹400 times›',
    'c: z',
  ])
  expect(requestText({ path: '/', headers: { b: ['y', 'y', 'y'] } })).toHaveLength(4)
})

it('withholds what could be a signature in the path, a field and the body', () => {
  const secret = 's'.repeat(342)
  const lines = requestText({ path: `/?t=${secret}`, headers: { cookie: `t=${secret}` }, body: secret })

  expect(lines).toEqual(['GET /?t=‹342 characters›', 'cookie: t=‹342 characters›', '', '‹342 characters›'])
})

it('makes a tab seen', () => {
  expect(requestText({ path: '/', headers: { 'x-token': '\tt' } })).toContain('x-token: ␉t')
})

it('lets no page out that holds what could be a signature, and every other one', async () => {
  const page = (text: string) => ({ title: 'Title', content: html`<p>${text}</p>` })
  const good = page('‹512 characters›')

  await expect(seal(page('s'.repeat(342)))).rejects.toThrow('could be a signature')
  expect(await seal(good)).toBe(good)
})
