import { each, inGroup, refused } from '../probe.ts'
import { CVE } from './cve.ts'

const CRITICAL = `RFC 7515 §4.1.11: critical extensions must be understood; ${CVE['2025-59420']}`

const CRITS: Record<string, Record<string, unknown>> = {
  'an unknown extension': { crit: ['bork'], bork: true },
  'a name that is not in the header': { crit: ['bork'] },
  exp: { crit: ['exp'], exp: 4_102_444_800 },
  'b64, and the claims as they are': { crit: ['b64'], b64: true },
  'b64, which is false': { crit: ['b64'], b64: false },
  'cnf, a confirmation key': { crit: ['cnf'], cnf: { jkt: 'x' } },
  'kid, a registered name': { crit: ['kid'] },
  'an empty list': { crit: [] },
  'the same name twice': { crit: ['bork', 'bork'], bork: 1 },
  'a string instead of a list': { crit: 'bork', bork: 1 },
  'an object': { crit: {} },
  null: { crit: null },
  false: { crit: false },
}

const TYPES: Record<string, [typ: unknown, why: string]> = {
  'at+jwt, an access token': ['at+jwt', 'RFC 9068 §2.1; RFC 8725 §3.11'],
  'dpop+jwt, a proof of possession': ['dpop+jwt', 'RFC 9449 §4.2; RFC 8725 §3.11'],
  'logout+jwt, a logout token': ['logout+jwt', 'RFC 8725 §2.8: made for another purpose'],
  'secevent+jwt, a security event': ['secevent+jwt', 'RFC 8417 §2.3; RFC 8725 §3.11'],
  JWE: ['JWE', 'RFC 8725 §2.8: made for another purpose'],
  'JOSE+JSON': ['JOSE+JSON', 'RFC 7515 §4.1.9: another serialisation'],
  'followed by a space': ['JWT ', 'RFC 7519 §5.1: exactly JWT'],
  'with a dotless j': ['ȷWT', 'RFC 7519 §5.1: another letter that looks like J'],
  empty: ['', 'RFC 7519 §5.1: exactly JWT'],
  null: [null, 'RFC 7515 §4.1.9: typ is a string'],
  false: [false, 'RFC 7515 §4.1.9: typ is a string'],
  'a number': [0, 'RFC 7515 §4.1.9: typ is a string'],
  'a list': [['JWT'], 'RFC 7515 §4.1.9: typ is a string'],
  'an object': [{ JWT: true }, 'RFC 7515 §4.1.9: typ is a string'],
}

export const header = inGroup('header', [
  ...each(CRITS, (title, members) => ({
    name: `crit: ${title}`,
    why: CRITICAL,
    forge: ({ token }) => token({ header: members }),
    expect: refused('token_malformed'),
  })),
  ...each(TYPES, (title, [typ, why]) => ({
    name: `typ: ${title}`,
    why,
    forge: ({ token }) => token({ header: { typ } }),
    expect: refused('token_malformed'),
  })),
])
