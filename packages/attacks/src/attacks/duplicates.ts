import type { Forge } from '../forge.ts'
import { type Codes, each, inGroup, refused } from '../probe.ts'

type Member = (forge: Forge) => string

const LAST = 'RFC 7519 §4: of repeated members the last counts'

/** A good header with one more member at its end, which has the say. */
const IN_HEADER = {
  'alg, the second none': ['"alg":"none"', 'algorithm_not_allowed'],
  'alg, the second HS256': ['"alg":"HS256"', 'algorithm_not_allowed'],
  'alg, the second spelt in escapes': ['"\\u0061lg":"none"', 'algorithm_not_allowed'],
  'kid, the second unknown': ['"kid":"unknown"', 'token_rejected'],
  'typ, the second at+jwt': ['"typ":"at+jwt"', 'token_malformed'],
} as const

const IN_CLAIMS: Record<string, [member: Member, code: Codes]> = {
  "the ID, the second an unknown signer's, and no word of it in iss": [
    ({ claim, unknownSigner }) => `"${claim}":"${unknownSigner.appId}"`,
    'issuer_mismatch',
  ],
  "the ID and iss, the second an unknown signer's": [
    ({ claim, unknownSigner: { appId } }) => `"${claim}":"${appId}","iss":"${appId}"`,
    'token_rejected',
  ],
  'exp, the second long past': [({ now }) => `"iat":${now - 600},"exp":${now - 300}`, 'token_expired'],
  'exp, the second a year away': [({ now }) => `"exp":${now + 31_536_000}`, 'token_lifetime_too_long'],
  'exp, the second spelt in escapes': [
    ({ now }) => `"\\u0065xp":${now + 31_536_000}`,
    'token_lifetime_too_long',
  ],
  'aud, the second another service': [() => '"aud":"https://elsewhere.example"', 'audience_mismatch'],
  'iss, the second null': [() => '"iss":null', 'token_malformed'],
}

/** Two parsers that differ on duplicates see two tokens in one: what is checked must be what is used. */
export const duplicates = inGroup('json', [
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
