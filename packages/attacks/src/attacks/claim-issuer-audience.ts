import { CVE } from '../cve.ts'
import { each, inGroup, refused } from '../probe.ts'

const WHOLE = 'RFC 7519 §4.1.3, §7.3: equal, not similar'
const ELSEWHERE = 'RFC 8725 §3.9: made for another service, which could replay it here'

const AUDIENCES: Record<string, [audOf: (audience: string) => unknown, why: string]> = {
  'another service': [() => 'https://elsewhere.example', ELSEWHERE],
  'several others': [() => ['https://elsewhere.example', 'https://here.example'], ELSEWHERE],
  'the same host on another port': [(aud) => `${aud.replace(/:\d+$/, '')}:1`, ELSEWHERE],
  'the same host under another scheme': [(aud) => aud.replace(/^https?/, 'ftp'), WHOLE],
  'the same host without a scheme': [(aud) => aud.replace(/^https?:\/\//, ''), WHOLE],
  'with a slash behind it': [(aud) => `${aud}/`, WHOLE],
  'with a path behind it': [(aud) => `${aud}/users`, WHOLE],
  'with a space behind it': [(aud) => `${aud} `, WHOLE],
  'with a NUL behind it': [(aud) => `${aud}\0`, WHOLE],
  'with a dot and a host behind it': [(aud) => `${aud}.elsewhere.example`, WHOLE],
  'in upper case': [(aud) => aud.toUpperCase(), 'RFC 7519 §4.1.3: aud has upper and lower case'],
  'cut short': [(aud) => aud.slice(0, -1), WHOLE],
  'two in one text': [(aud) => `${aud} https://elsewhere.example`, WHOLE],
  'an asterisk': [() => '*', WHOLE],
  'a pattern': [() => '.*', WHOLE],
  'the word null': [() => 'null', WHOLE],
}

const ISSUERS: Record<string, (appId: string) => string> = {
  'somebody else': () => 'https://issuer.example',
  empty: () => '',
  'with a space behind it': (appId) => `${appId} `,
  'with a NUL behind it': (appId) => `${appId}\0`,
  'cut short': (appId) => appId.slice(0, -1),
  'with more behind it': (appId) => `${appId}0`,
  'with a letter of its own': (appId) => appId.slice(0, 1),
  'an asterisk': () => '*',
}

export const issuerAndAudience = inGroup('claims', [
  ...each(AUDIENCES, (title, [audOf, why]) => ({
    name: `aud: ${title}`,
    why,
    forge: ({ token, audience }) =>
      audOf(audience) === audience ? undefined : token({ claims: { aud: audOf(audience) } }),
    expect: refused('audience_mismatch'),
  })),
  ...each(ISSUERS, (title, issuerOf) => ({
    name: `iss: ${title}`,
    why: `RFC 8725 §3.8: equal to the application; ${CVE['2024-53861']}`,
    forge: ({ token, application }) => token({ claims: { iss: issuerOf(application.appId) } }),
    expect: refused('issuer_mismatch'),
  })),
  {
    name: "iss: another application's ID",
    why: 'RFC 8725 §3.8: the key must belong to whom the token names',
    forge: ({ token, other }) => other && token({ claims: { iss: other.appId } }),
    expect: refused('issuer_mismatch'),
  },
])
