import { CVE } from '../cve.ts'
import { signWith } from '../jwa.ts'
import { each, inGroup, refused } from '../probe.ts'

const INJECTION = 'RFC 8725 §3.10: kid goes into no path, query or command unasked'
const EXACT = 'RFC 7515 §4.1.4: kid has upper and lower case'
const NAMES_NONE = 'RFC 7638 §1: the ID names one key, or none'

/** IDs that name no key of the application. The right key signs: a kid that is ignored would let them pass. */
const IDS: Record<string, [idOf: (keyId: string) => string, why: string]> = {
  'a path out of the key folder': [() => '../../../../../../dev/null', INJECTION],
  'an absolute path': [() => '/etc/passwd', INJECTION],
  'a path to the key itself': [(keyId) => `./${keyId}`, INJECTION],
  'a path on Windows': [() => '..\\..\\windows\\win.ini', INJECTION],
  'a URL': [() => 'https://127.0.0.1:9/key.pem', INJECTION],
  'SQL that is always true': [() => "' OR '1'='1", INJECTION],
  'SQL that brings its own key': [() => "x' UNION SELECT 'key' --", INJECTION],
  'a shell command': [() => '|/usr/bin/id', INJECTION],
  'a template': [(keyId) => `\${${keyId}}`, INJECTION],
  'an LDAP filter': [() => '*)(kid=*', INJECTION],
  'a line break and a header': [(keyId) => `${keyId}\r\nx-caller: admin`, INJECTION],
  'the name of every prototype': [() => '__proto__', INJECTION],
  'the name of every constructor': [() => 'constructor', INJECTION],
  empty: [() => '', NAMES_NONE],
  'an asterisk': [() => '*', NAMES_NONE],
  'the first key': [() => '0', NAMES_NONE],
  'in lower case': [(keyId) => keyId.toLowerCase(), EXACT],
  'with a space behind it': [(keyId) => `${keyId} `, EXACT],
  'with a NUL behind it': [(keyId) => `${keyId}\0`, EXACT],
  'with padding': [(keyId) => `${keyId}=`, 'RFC 7638 §3: base64url without padding'],
  'cut short': [(keyId) => keyId.slice(0, -1), NAMES_NONE],
  'in hexadecimal': [(keyId) => Buffer.from(keyId, 'base64url').toString('hex'), 'RFC 7638 §3: base64url'],
  'as a URN': [
    (keyId) => `urn:ietf:params:oauth:jwk-thumbprint:sha-256:${keyId}`,
    'RFC 9278 §3: a URN is another name',
  ],
  'of 4,000 letters': [() => 'k'.repeat(4000), NAMES_NONE],
}

const TYPES = { null: null, true: true, 'a number': 0, 'a list': ['kid'], 'an object': { $ne: null } }

export const keyId = inGroup('key', [
  ...each(IDS, (title, [idOf, why]) => ({
    name: `kid: ${title}`,
    why,
    forge: ({ token, application }) => token({ header: { kid: idOf(application.keyId) } }),
    expect: refused('token_rejected'),
  })),
  ...each(TYPES, (title, kid) => ({
    name: `kid: ${title}, which is no string`,
    why: 'RFC 7515 §4.1.4: kid is a string',
    forge: ({ token }) => token({ header: { kid } }),
    expect: refused('token_malformed'),
  })),
  {
    name: "kid: an unknown signer's, whose key signs",
    why: NAMES_NONE,
    forge: ({ token, unknownSigner }) =>
      token({ header: { kid: unknownSigner.keyId }, sign: signWith('RS512', unknownSigner.privateKey) }),
    expect: refused('token_rejected'),
  },
  {
    name: "kid: another application's, and the right key signs",
    why: CVE['2021-46743'],
    forge: ({ token, other }) => other && token({ header: { kid: other.keyId } }),
    expect: refused('token_rejected'),
  },
  {
    name: "kid: another application's, whose key signs",
    why: 'RFC 8725 §3.8: the key must belong to whom the token names',
    forge: ({ token, other }) =>
      other && token({ header: { kid: other.keyId }, sign: signWith('RS512', other.privateKey) }),
    expect: refused('token_rejected'),
  },
])
