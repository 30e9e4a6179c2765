import { CVE } from '../cve.ts'
import type { Forge } from '../forge.ts'
import { each, inGroup, refused } from '../probe.ts'

const NUMERIC_DATE = 'RFC 7519 §2: a NumericDate is a JSON number'
const TEXT = 'RFC 7519 §2: a StringOrURI is a string'

/** No time, whatever a lenient language makes of it. 1e400 is Infinity to most parsers. */
const NO_TIMES: Record<string, (seconds: number) => string> = {
  null: () => 'null',
  true: () => 'true',
  'a number in a text': (seconds) => `"${seconds}"`,
  'a date': (seconds) => JSON.stringify(new Date(seconds * 1000)),
  'an empty text': () => '""',
  'a list with the time in it': (seconds) => `[${seconds}]`,
  'an object': () => '{}',
  'below zero': () => '-1',
  infinite: () => '1e400',
}

/** Absent is one thing, present with a value that is no value another. */
const NO_TEXTS = { null: null, false: false, zero: 0, 'a number': 7, 'an object': {} }

const NO_AUDIENCES = {
  'an empty text': '',
  'an empty list': [],
  'a list with null in it': [null],
  'a list with a number in it': [1],
  'a list with a list in it': [['https://localhost:3000']],
  true: true,
}

export const claimTypes = inGroup('claims', [
  ...['iat', 'exp', 'nbf'].flatMap((name) =>
    each(NO_TIMES, (title, text) => ({
      name: `${name}: ${title}`,
      why: NUMERIC_DATE,
      forge: ({ token, now }) => {
        const time = name === 'exp' ? now + 60 : now
        return token({ claims: (good) => `${good.slice(0, -1)},"${name}":${text(time)}}` })
      },
      expect: refused('token_malformed'),
    })),
  ),
  ...['iat', 'exp'].map((name) => ({
    name: `${name}: left out`,
    why: 'RFC 7523 §3: a token without it would last for ever',
    forge: ({ token }: Forge) => token({ claims: { [name]: undefined } }),
    expect: refused('token_malformed'),
  })),
  ...['iss', 'aud', 'scope'].flatMap((name) =>
    each(NO_TEXTS, (title, value) => ({
      name: `${name}: ${title}`,
      why: TEXT,
      forge: ({ token }) => token({ claims: { [name]: value } }),
      expect: refused('token_malformed'),
    })),
  ),
  ...each(NO_AUDIENCES, (title, aud) => ({
    name: `aud: ${title}`,
    why: `RFC 7519 §4.1.3: strings, one or several; ${CVE['2020-26160']}`,
    forge: ({ token }) => token({ claims: { aud } }),
    expect: refused('token_malformed'),
  })),
  {
    name: 'aud: a list with the right one and a number in it',
    why: 'RFC 7519 §4.1.3: a list of strings',
    forge: ({ token, audience }) => token({ claims: { aud: [audience, 1] } }),
    expect: refused('token_malformed'),
  },
  {
    name: 'iss: a list with the right one in it',
    why: `RFC 7519 §4.1.1: a string; ${CVE['2024-53861']}`,
    forge: ({ token, application }) => token({ claims: { iss: [application.appId] } }),
    expect: refused('token_malformed'),
  },
  {
    name: 'scope: a list',
    why: 'RFC 8693 §4.2: a string, with spaces between',
    forge: ({ token }) => token({ claims: { scope: ['users:read'] } }),
    expect: refused('token_malformed'),
  },
])
