import type { Forge } from '../forge.ts'
import { each, inGroup, refused } from '../probe.ts'
import type { Signer } from '../signing.ts'
import { signWith } from '../signing.ts'
import { CVE } from './cve.ts'

type Members = (unknownSigner: Signer, application: Signer) => Record<string, unknown>

const FETCHED = 'RFC 8725 §2.9: a URL in a token is not fetched'

/** Keys that the header offers. Each token is signed by the unknown signer. */
const OFFERS: Record<string, [members: Members, why: string]> = {
  'jwk, beside the kid of the application': [
    (unknownSigner) => ({ jwk: jwk(unknownSigner) }),
    CVE['2018-0114'],
  ],
  'jwk, without a kid': [(unknownSigner) => ({ jwk: jwk(unknownSigner), kid: undefined }), CVE['2018-0114']],
  'jwk with the kid of the application': [
    (unknownSigner, { keyId }) => ({ jwk: { ...jwk(unknownSigner), kid: keyId } }),
    CVE['2018-0114'],
  ],
  'jwk, as a list': [(unknownSigner) => ({ jwk: [jwk(unknownSigner)] }), CVE['2018-0114']],
  'jwks, a whole set': [(unknownSigner) => ({ jwks: { keys: [jwk(unknownSigner)] } }), CVE['2018-0114']],
  jku: [() => ({ jku: 'https://127.0.0.1:9/jwks.json' }), CVE['2024-21643']],
  'jku without TLS': [() => ({ jku: 'http://127.0.0.1:9/jwks.json' }), CVE['2024-1233']],
  'jku with a file URL': [() => ({ jku: 'file:///etc/passwd' }), FETCHED],
  'jku with the metadata service of a cloud': [
    () => ({ jku: 'http://169.254.169.254/latest/meta-data/' }),
    'RFC 8725 §2.9: server-side request forgery',
  ],
  'jku with a data URL that holds the key': [
    (unknownSigner) => ({ jku: `data:application/json,${JSON.stringify({ keys: [jwk(unknownSigner)] })}` }),
    'RFC 7515 §4.1.2: jku requires TLS',
  ],
  x5u: [() => ({ x5u: 'https://127.0.0.1:9/chain.pem' }), FETCHED],
  'x5u with a file URL': [() => ({ x5u: 'file:///etc/ssl/cert.pem' }), FETCHED],
  x5c: [
    (unknownSigner) => ({ x5c: [der(unknownSigner).toString('base64')] }),
    'RFC 7515 §4.1.6: a chain needs a trusted authority',
  ],
  'x5t and x5t#S256': [
    ({ keyId }) => ({ x5t: keyId.slice(0, 27), 'x5t#S256': keyId }),
    'RFC 7515 §4.1.7, §4.1.8: a thumbprint is not a proof',
  ],
  'cnf, a confirmation key': [
    (unknownSigner) => ({ cnf: { jwk: jwk(unknownSigner) } }),
    'RFC 7800 §3.2: a confirmation key does not sign the token',
  ],
}

/** Keys come from the key ring only (RFC 8725 §3.10). */
const keysInTheToken = inGroup('key', [
  ...each(OFFERS, (title, [members, why]) => ({
    name: `an unknown signer's key offered by ${title}`,
    why,
    forge: ({ token, unknownSigner, application }) =>
      token({
        header: members(unknownSigner, application),
        sign: signWith('RS512', unknownSigner.privateKey),
      }),
    expect: refused('token_rejected'),
  })),
  {
    name: "an unknown signer's key offered in the claims",
    why: 'RFC 7800 §3.2: a confirmation key does not sign the token',
    forge: ({ token, unknownSigner }: Forge) =>
      token({
        claims: { cnf: { jwk: jwk(unknownSigner) } },
        sign: signWith('RS512', unknownSigner.privateKey),
      }),
    expect: refused('token_rejected'),
  },
])

function jwk({ publicKey, keyId }: Signer): Record<string, unknown> {
  return { ...publicKey.export({ format: 'jwk' }), kid: keyId, use: 'sig', alg: 'RS512' }
}

function der({ publicKey }: Signer): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' })
}

const INJECTION = 'RFC 8725 §3.10: kid is checked before it is used in a path, query or command'
const EXACT = 'RFC 7515 §4.1.4: kid is case-sensitive'
const NAMES_NONE = 'RFC 7638 §1: the ID names exactly one key'

/** IDs that name no key of the application. The right key signs, so an API that ignores kid accepts the token. */
const IDS: Record<string, [idOf: (keyId: string) => string, why: string]> = {
  'a path out of the key folder': [() => '../../../../../../dev/null', INJECTION],
  'an absolute path': [() => '/etc/passwd', INJECTION],
  'a path to the key itself': [(keyId) => `./${keyId}`, INJECTION],
  'a Windows path': [() => '..\\..\\windows\\win.ini', INJECTION],
  'a URL': [() => 'https://127.0.0.1:9/key.pem', INJECTION],
  'SQL that is always true': [() => "' OR '1'='1", INJECTION],
  'SQL that returns its own key': [() => "x' UNION SELECT 'key' --", INJECTION],
  'a shell command': [() => '|/usr/bin/id', INJECTION],
  'a template': [(keyId) => `\${${keyId}}`, INJECTION],
  'an LDAP filter': [() => '*)(kid=*', INJECTION],
  'a line break and a header': [(keyId) => `${keyId}\r\nx-caller: admin`, INJECTION],
  'the name __proto__': [() => '__proto__', INJECTION],
  'the name constructor': [() => 'constructor', INJECTION],
  empty: [() => '', NAMES_NONE],
  'an asterisk': [() => '*', NAMES_NONE],
  'an index': [() => '0', NAMES_NONE],
  'in lower case': [(keyId) => keyId.toLowerCase(), EXACT],
  'followed by a space': [(keyId) => `${keyId} `, EXACT],
  'followed by a NUL': [(keyId) => `${keyId}\0`, EXACT],
  'with padding': [(keyId) => `${keyId}=`, 'RFC 7638 §3: base64url without padding'],
  'cut short': [(keyId) => keyId.slice(0, -1), NAMES_NONE],
  'in hexadecimal': [(keyId) => Buffer.from(keyId, 'base64url').toString('hex'), 'RFC 7638 §3: base64url'],
  'as a URN': [
    (keyId) => `urn:ietf:params:oauth:jwk-thumbprint:sha-256:${keyId}`,
    'RFC 9278 §3: the URN is another name',
  ],
  'of 4,000 letters': [() => 'k'.repeat(4000), NAMES_NONE],
}

const TYPES = { null: null, true: true, 'a number': 0, 'a list': ['kid'], 'an object': { $ne: null } }

const keyIds = inGroup('key', [
  ...each(IDS, (title, [idOf, why]) => ({
    name: `kid: ${title}`,
    why,
    forge: ({ token, application }) => token({ header: { kid: idOf(application.keyId) } }),
    expect: refused('token_rejected'),
  })),
  ...each(TYPES, (title, kid) => ({
    name: `kid: ${title}, not a string`,
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
    why: 'RFC 8725 §3.8: the key must belong to the issuer',
    forge: ({ token, other }) =>
      other && token({ header: { kid: other.keyId }, sign: signWith('RS512', other.privateKey) }),
    expect: refused('token_rejected'),
  },
])

export const key = [...keysInTheToken, ...keyIds]
