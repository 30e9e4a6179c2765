import type { Forge } from '../forge.ts'
import { type Codes, each, inGroup, refused } from '../probe.ts'

type Rewrite = (good: string) => string | Buffer

const OBJECT = 'RFC 7519 §7.2: header and claims are JSON objects'
const GRAMMAR = 'RFC 8259 §2: one JSON text and nothing else'
const STRING = 'RFC 8259 §7: strings have double quotes and escaped control characters'
const NUMBER = 'RFC 8259 §6: the syntax of numbers'
const UTF8 = 'RFC 8725 §3.7: UTF-8 only'

const TEXTS: Record<string, [rewrite: Rewrite, why: string]> = {
  'not JSON': [() => 'hello', OBJECT],
  empty: [() => '', OBJECT],
  'a list': [(good) => `[${good}]`, OBJECT],
  'a string': [(good) => JSON.stringify(good), OBJECT],
  'a number': [() => '1', OBJECT],
  null: [() => 'null', OBJECT],
  true: [() => 'true', OBJECT],
  'cut short': [(good) => good.slice(0, -1), GRAMMAR],
  'an object and another brace': [(good) => `${good}}`, GRAMMAR],
  'two objects': [(good) => good + good, GRAMMAR],
  'with a trailing comma': [(good) => `${good.slice(0, -1)},}`, GRAMMAR],
  'with a comment': [(good) => `${good.slice(0, -1)}/* more */}`, GRAMMAR],
  'in single quotes': [(good) => good.replaceAll('"', "'"), STRING],
  'with a bare NaN': [(good) => extended(good, '"note":NaN'), NUMBER],
  'with a leading zero': [(good) => extended(good, '"note":01'), NUMBER],
  'with a line break in a string': [(good) => extended(good, '"note":"\n"'), STRING],
  'followed by a NUL': [(good) => `${good}\0`, GRAMMAR],
  'with a byte order mark': [(good) => `\ufeff${good}`, 'RFC 8259 §8.1: no byte order mark'],
  'in UTF-16': [(good) => Buffer.from(good, 'utf16le'), UTF8],
  'in Latin-1': [(good) => Buffer.from(extended(good, '"note":"é"'), 'latin1'), UTF8],
  'with a byte that is not UTF-8': [(good) => withBytes(good, [0xff]), UTF8],
  'with an incomplete UTF-8 sequence': [(good) => withBytes(good, [0xe2, 0x82]), UTF8],
  'with an overlong slash': [
    (good) => withBytes(good, [0xc0, 0xaf]),
    'RFC 3629 §10: it evades checks of characters',
  ],
  'with half a surrogate pair': [
    (good) => withBytes(good, [0xed, 0xa0, 0x80]),
    'RFC 3629 §3: no such character',
  ],
  'with a character beyond Unicode': [
    (good) => withBytes(good, [0xf4, 0x90, 0x80, 0x80]),
    'RFC 3629 §3: no such character',
  ],
  'nested 2,000 deep, and never closed': [() => '{"a":'.repeat(2000), 'RFC 8259 §9: a parser may set limits'],
  'a list nested 4,000 deep': [() => '['.repeat(4000) + ']'.repeat(4000), OBJECT],
}

const PARTS = ['header', 'claims'] as const

const syntax = inGroup('json', [
  ...PARTS.flatMap((part) =>
    each(TEXTS, (title, [rewrite, why]) => ({
      name: `the ${part}: ${title}`,
      why,
      forge: ({ token }) => token({ [part]: rewrite }),
      expect: refused('token_malformed'),
    })),
  ),
  {
    name: 'the header: an empty object',
    why: 'RFC 7515 §4.1.1: alg is required',
    forge: ({ token }) => token({ header: '{}' }),
    expect: refused('algorithm_not_allowed'),
  },
  {
    name: 'the claims: an empty object',
    why: 'RFC 7519 §7.2: required claims must be present',
    forge: ({ token }) => token({ claims: '{}' }),
    expect: refused('token_malformed'),
  },
  {
    name: 'the header: all members inside __proto__',
    why: 'RFC 8259 §4: __proto__ is an ordinary name',
    forge: ({ token }) => token({ header: (good) => `{"__proto__":${good}}` }),
    expect: refused('algorithm_not_allowed'),
  },
  {
    name: 'the claims: all members inside __proto__',
    why: 'RFC 8259 §4: __proto__ is an ordinary name',
    forge: ({ token }) => token({ claims: (good) => `{"__proto__":${good}}` }),
    expect: refused('token_malformed'),
  },
  {
    name: 'the header: Alg instead of alg',
    why: 'RFC 8259 §8.3: names are case-sensitive',
    forge: ({ token }) => token({ header: (good) => good.replace('"alg"', '"Alg"') }),
    expect: refused('algorithm_not_allowed'),
  },
  {
    name: 'the claims: EXP instead of exp',
    why: 'RFC 7519 §4: claim names are case-sensitive',
    forge: ({ token }) => token({ claims: (good) => good.replace('"exp"', '"EXP"') }),
    expect: refused('token_malformed'),
  },
])

function extended(good: string, member: string): string {
  return `${good.slice(0, -1)},${member}}`
}

function withBytes(good: string, bytes: number[]): Buffer {
  return Buffer.concat([Buffer.from(`${good.slice(0, -1)},"note":"`), Buffer.from(bytes), Buffer.from('"}')])
}

type Member = (forge: Forge) => string

const LAST = 'RFC 7519 §4: the last of repeated members counts'

/** A good header with one more member at the end, which overrides the first one. */
const IN_HEADER = {
  'alg, the second none': ['"alg":"none"', 'algorithm_not_allowed'],
  'alg, the second HS256': ['"alg":"HS256"', 'algorithm_not_allowed'],
  'alg, the second with an escaped name': ['"\\u0061lg":"none"', 'algorithm_not_allowed'],
  'kid, the second unknown': ['"kid":"unknown"', 'token_rejected'],
  'typ, the second at+jwt': ['"typ":"at+jwt"', 'token_malformed'],
} as const

const IN_CLAIMS: Record<string, [member: Member, code: Codes]> = {
  "the ID, the second an unknown signer's, with the first one in iss": [
    ({ claim, unknownSigner }) => `"${claim}":"${unknownSigner.appId}"`,
    'issuer_mismatch',
  ],
  "the ID and iss, the second an unknown signer's": [
    ({ claim, unknownSigner: { appId } }) => `"${claim}":"${appId}","iss":"${appId}"`,
    'token_rejected',
  ],
  'exp, the second long past': [({ now }) => `"iat":${now - 600},"exp":${now - 300}`, 'token_expired'],
  'exp, the second a year away': [({ now }) => `"exp":${now + 31_536_000}`, 'token_lifetime_too_long'],
  'exp, the second with an escaped name': [
    ({ now }) => `"\\u0065xp":${now + 31_536_000}`,
    'token_lifetime_too_long',
  ],
  'aud, the second another service': [() => '"aud":"https://elsewhere.example"', 'audience_mismatch'],
  'iss, the second null': [() => '"iss":null', 'token_malformed'],
}

/** Parsers differ in which of two members they use. The one that is checked must be the one that is used. */
const duplicates = inGroup('json', [
  ...each(IN_HEADER, (title, [member, code]) => ({
    name: `two members ${title}`,
    why: `${LAST} (RFC 7515 §4)`,
    forge: ({ token }) => token({ header: (good) => `${good.slice(0, -1)},${member}}` }),
    expect: refused(code),
  })),
  ...each(IN_CLAIMS, (title, [member, code]) => ({
    name: `two claims ${title}`,
    why: LAST,
    forge: (forge) => forge.token({ claims: (good) => `${good.slice(0, -1)},${member(forge)}}` }),
    expect: refused(code),
  })),
])

export const json = [...syntax, ...duplicates]
