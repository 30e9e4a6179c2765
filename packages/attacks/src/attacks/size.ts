import { inGroup, refused } from '../probe.ts'

const TOO_LARGE = 'RFC 6585 §5: the header fields are too large'
/** The HTTP parser answers, before the API's own code. So the answer has no code of the contract. */
const BY_PARSER = { status: 431 }

export const size = inGroup('size', [
  {
    name: 'a valid token of 24 KiB',
    why: TOO_LARGE,
    forge: ({ token }) => token({ claims: { note: 'n'.repeat(18_432) } }),
    expect: BY_PARSER,
  },
  {
    name: 'a word of 20 KiB',
    why: TOO_LARGE,
    forge: () => 'a'.repeat(20_480),
    expect: BY_PARSER,
  },
  {
    name: 'a valid token with another field of 20 KiB',
    why: TOO_LARGE,
    forge: ({ token, field, carried }) => ({
      headers: { [field]: carried(token()), 'x-note': 'n'.repeat(20_480) },
    }),
    expect: BY_PARSER,
  },
  {
    name: 'a valid token with 400 fields of 60 bytes',
    why: TOO_LARGE,
    forge: ({ token, field, carried }) => ({
      headers: { [field]: carried(token()), 'x-note': Array(400).fill('n'.repeat(52)) },
    }),
    expect: BY_PARSER,
  },
  {
    name: 'a signature of 10,000 bytes',
    why: 'RFC 8017 §8.2.2, step 1: a signature is as long as the modulus',
    forge: ({ token }) => token({ sign: () => Buffer.alloc(10_000, 1) }),
    expect: refused('token_rejected'),
  },
  {
    name: 'a header of 8,000 bytes with alg none at the end',
    why: 'RFC 8725 §3.1: the algorithm is checked at any size',
    forge: ({ token }) => token({ header: { note: 'n'.repeat(8000), alg: 'none' } }),
    expect: refused('algorithm_not_allowed'),
  },
  {
    name: 'a list of 2,000 audiences without the right one',
    why: 'RFC 8725 §3.9: one of the audiences must be the right one',
    forge: ({ token }) => token({ claims: { aud: Array(2000).fill('a') } }),
    expect: refused('audience_mismatch'),
  },
])
