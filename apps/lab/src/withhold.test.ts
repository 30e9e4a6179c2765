import { describe, expect, it } from 'vitest'
import { holdsSignature, withholdDecoded, withholdOnTheWire } from './withhold.ts'

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
