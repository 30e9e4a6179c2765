import type { Forge } from '../forge.ts'
import { each, inGroup, refused } from '../probe.ts'
import { CVE } from './cve.ts'

const NUMERIC_DATE = 'RFC 7519 §2: a NumericDate is a JSON number'
const TEXT = 'RFC 7519 §2: a StringOrURI is a string'

/** Not a NumericDate, even if a lenient language converts it. Most parsers read 1e400 as Infinity. */
const NO_TIMES: Record<string, (seconds: number) => string> = {
  null: () => 'null',
  true: () => 'true',
  'a number in a string': (seconds) => `"${seconds}"`,
  'a date': (seconds) => JSON.stringify(new Date(seconds * 1000)),
  'an empty string': () => '""',
  'a list with the time': (seconds) => `[${seconds}]`,
  'an object': () => '{}',
  negative: () => '-1',
  infinite: () => '1e400',
}

/** An empty value does not count as absent. */
const NO_TEXTS = { null: null, false: false, zero: 0, 'a number': 7, 'an object': {} }

const NO_AUDIENCES = {
  'an empty string': '',
  'an empty list': [],
  'a list with null': [null],
  'a list with a number': [1],
  'a list with a list': [['https://localhost:3000']],
  true: true,
}

const types = inGroup('claims', [
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
    why: 'RFC 7523 §3: a token without it would never expire',
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
    why: `RFC 7519 §4.1.3: one string or several; ${CVE['2020-26160']}`,
    forge: ({ token }) => token({ claims: { aud } }),
    expect: refused('token_malformed'),
  })),
  {
    name: 'aud: a list with the right one and a number',
    why: 'RFC 7519 §4.1.3: a list of strings',
    forge: ({ token, audience }) => token({ claims: { aud: [audience, 1] } }),
    expect: refused('token_malformed'),
  },
  {
    name: 'iss: a list with the right one',
    why: `RFC 7519 §4.1.1: a string; ${CVE['2024-53861']}`,
    forge: ({ token, application }) => token({ claims: { iss: [application.appId] } }),
    expect: refused('token_malformed'),
  },
  {
    name: 'scope: a list',
    why: 'RFC 8693 §4.2: a string of words with spaces between them',
    forge: ({ token }) => token({ claims: { scope: ['users:read'] } }),
    expect: refused('token_malformed'),
  },
])

const WHOLE = 'RFC 7519 §4.1.3, §7.3: equal, not similar'
const ELSEWHERE = 'RFC 8725 §3.9: another service could replay its tokens here'

const AUDIENCES: Record<string, [audOf: (audience: string) => unknown, why: string]> = {
  'another service': [() => 'https://elsewhere.example', ELSEWHERE],
  'several others': [() => ['https://elsewhere.example', 'https://here.example'], ELSEWHERE],
  'the same host on another port': [(aud) => `${aud.replace(/:\d+$/, '')}:1`, ELSEWHERE],
  'the same host under another scheme': [(aud) => aud.replace(/^https?/, 'ftp'), WHOLE],
  'the same host without a scheme': [(aud) => aud.replace(/^https?:\/\//, ''), WHOLE],
  'followed by a slash': [(aud) => `${aud}/`, WHOLE],
  'followed by a path': [(aud) => `${aud}/users`, WHOLE],
  'followed by a space': [(aud) => `${aud} `, WHOLE],
  'followed by a NUL': [(aud) => `${aud}\0`, WHOLE],
  'followed by a dot and a host': [(aud) => `${aud}.elsewhere.example`, WHOLE],
  'in upper case': [(aud) => aud.toUpperCase(), 'RFC 7519 §4.1.3: aud is case-sensitive'],
  'cut short': [(aud) => aud.slice(0, -1), WHOLE],
  'two in one string': [(aud) => `${aud} https://elsewhere.example`, WHOLE],
  'an asterisk': [() => '*', WHOLE],
  'a pattern': [() => '.*', WHOLE],
  'the word null': [() => 'null', WHOLE],
}

const ISSUERS: Record<string, (appId: string) => string> = {
  'another issuer': () => 'https://issuer.example',
  empty: () => '',
  'followed by a space': (appId) => `${appId} `,
  'followed by a NUL': (appId) => `${appId}\0`,
  'cut short': (appId) => appId.slice(0, -1),
  'followed by a digit': (appId) => `${appId}0`,
  'its first letter': (appId) => appId.slice(0, 1),
  'an asterisk': () => '*',
}

const issuerAndAudience = inGroup('claims', [
  ...each(AUDIENCES, (title, [audOf, why]) => ({
    name: `aud: ${title}`,
    why,
    forge: ({ token, audience }) =>
      audOf(audience) === audience ? undefined : token({ claims: { aud: audOf(audience) } }),
    expect: refused('audience_mismatch'),
  })),
  ...each(ISSUERS, (title, issuerOf) => ({
    name: `iss: ${title}`,
    why: `RFC 8725 §3.8: the issuer is the application; ${CVE['2024-53861']}`,
    forge: ({ token, application }) => token({ claims: { iss: issuerOf(application.appId) } }),
    expect: refused('issuer_mismatch'),
  })),
  {
    name: "iss: another application's ID",
    why: 'RFC 8725 §3.8: the key must belong to the issuer',
    forge: ({ token, other }) => other && token({ claims: { iss: other.appId } }),
    expect: refused('issuer_mismatch'),
  },
])

export const claims = [...types, ...issuerAndAudience]
