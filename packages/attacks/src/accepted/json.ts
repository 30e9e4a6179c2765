import { ACCEPTED, each, inGroup } from '../probe.ts'

type Rewrite = (good: string) => string

const LAST = 'RFC 7519 §4: of repeated members the last one counts'
const WHITE_SPACE = 'RFC 8259 §2: white space between tokens is allowed'
const ORDER = 'RFC 8259 §4: members have no order'
const ESCAPES = 'RFC 8259 §7: any character may be escaped'

const TEXTS: Record<string, [rewrite: Rewrite, why: string]> = {
  'with white space': [(good) => JSON.stringify(JSON.parse(good), null, 2), WHITE_SPACE],
  'with tabs and CRLF': [(good) => ` \t\r\n${good.replaceAll('":', '" :\t')}\r\n`, WHITE_SPACE],
  'in reverse order': [reversed, ORDER],
  'with every letter of a name escaped': [(good) => good.replace(/"(alg|exp)"/, escaped), ESCAPES],
  'with an escaped slash': [(good) => extended(good, '"note":"\\/"'), ESCAPES],
  'with an escaped surrogate pair': [(good) => extended(good, '"note":"\\ud83d\\udd11"'), ESCAPES],
  'with half an escaped surrogate pair': [
    (good) => extended(good, '"note":"\\ud83d"'),
    'RFC 8259 §8.2: allowed, and it has no effect here',
  ],
  'with an escaped NUL': [(good) => extended(good, '"note":"\\u0000"'), ESCAPES],
  'with __proto__ as a name': [
    (good) => extended(good, '"__proto__":{"alg":"none"}'),
    'RFC 8259 §4: any string may be a name',
  ],
  'with an unknown name twice': [(good) => extended(good, '"note":1,"note":2'), LAST],
  'nested 500 deep': [
    (good) => extended(good, `"note":${'['.repeat(500)}${']'.repeat(500)}`),
    'RFC 8259 §9: far below the limits of parsers',
  ],
  'with a number that is too large for a computer': [
    (good) => extended(good, '"note":1e999'),
    'RFC 8259 §6: an unused number',
  ],
  'with a number of 30 digits': [
    (good) => extended(good, '"note":123456789012345678901234567890'),
    'RFC 8259 §6: an unused number',
  ],
}

const PARTS = ['header', 'claims'] as const

const REPEATED: Record<string, Partial<Record<(typeof PARTS)[number], string>>> = {
  'alg, the first one none': { header: '"alg":"none"' },
  'alg, the first one HS256': { header: '"alg":"HS256"' },
  'kid, the first one unknown': { header: '"kid":"unknown"' },
  'typ, the first one null': { header: '"typ":null' },
  'exp, the first one long past': { claims: '"exp":1' },
  'exp, the first one not a number': { claims: '"exp":"soon"' },
  'iss, the first one another issuer': { claims: '"iss":"else"' },
  'aud, the first one another service': { claims: '"aud":"https://elsewhere.example"' },
}

export const json = inGroup('json', [
  ...PARTS.flatMap((part) =>
    each(TEXTS, (title, [rewrite, why]) => ({
      name: `the ${part} ${title}`,
      why,
      forge: ({ token }) => token({ [part]: rewrite }),
      expect: ACCEPTED,
    })),
  ),
  ...each(REPEATED, (title, members) => ({
    name: `repeated ${title}`,
    why: LAST,
    forge: ({ token }) => token({ header: after(members.header), claims: after(members.claims) }),
    expect: ACCEPTED,
  })),
  {
    name: "repeated ID, the first one an unknown signer's",
    why: LAST,
    forge: ({ token, claim, unknownSigner }) =>
      token({ claims: after(`"${claim}":"${unknownSigner.appId}"`) }),
    expect: ACCEPTED,
  },
])

/** Puts a member before the valid ones, which come last and so count. */
function after(member: string | undefined): Rewrite {
  return (good) => (member ? `{${member},${good.slice(1)}` : good)
}

function extended(good: string, member: string): string {
  return `${good.slice(0, -1)},${member}}`
}

function reversed(good: string): string {
  return JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(good)).reverse()))
}

function escaped(name: string): string {
  const letters = [...name.slice(1, -1)].map((letter) => `\\u00${letter.charCodeAt(0).toString(16)}`)
  return `"${letters.join('')}"`
}
