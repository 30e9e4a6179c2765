import { CVE } from '../cve.ts'
import type { Forge } from '../forge.ts'
import { signWith } from '../jwa.ts'
import type { Party } from '../party.ts'
import { each, inGroup, refused } from '../probe.ts'

type Members = (stranger: Party, application: Party) => Record<string, unknown>

const FETCHED = 'RFC 8725 §2.9: what a token names is not fetched'

/** What the header offers for a key; each row signs with the stranger's. */
const OFFERS: Record<string, [members: Members, why: string]> = {
  'jwk, beside the kid of the application': [(stranger) => ({ jwk: jwk(stranger) }), CVE['2018-0114']],
  'jwk, without a kid': [(stranger) => ({ jwk: jwk(stranger), kid: undefined }), CVE['2018-0114']],
  'jwk that bears the kid of the application': [
    (stranger, { keyId }) => ({ jwk: { ...jwk(stranger), kid: keyId } }),
    CVE['2018-0114'],
  ],
  'jwk, as a list': [(stranger) => ({ jwk: [jwk(stranger)] }), CVE['2018-0114']],
  'jwks, a whole set': [(stranger) => ({ jwks: { keys: [jwk(stranger)] } }), CVE['2018-0114']],
  jku: [() => ({ jku: 'https://127.0.0.1:9/jwks.json' }), CVE['2024-21643']],
  'jku without TLS': [() => ({ jku: 'http://127.0.0.1:9/jwks.json' }), CVE['2024-1233']],
  'jku that points to a file': [() => ({ jku: 'file:///etc/passwd' }), FETCHED],
  'jku that points to the cloud': [
    () => ({ jku: 'http://169.254.169.254/latest/meta-data/' }),
    'RFC 8725 §2.9: an attack on what only the server reaches',
  ],
  'jku with the key in it': [
    (stranger) => ({ jku: `data:application/json,${JSON.stringify({ keys: [jwk(stranger)] })}` }),
    'RFC 7515 §4.1.2: the protocol is TLS',
  ],
  x5u: [() => ({ x5u: 'https://127.0.0.1:9/chain.pem' }), FETCHED],
  'x5u that points to a file': [() => ({ x5u: 'file:///etc/ssl/cert.pem' }), FETCHED],
  x5c: [
    (stranger) => ({ x5c: [der(stranger).toString('base64')] }),
    'RFC 7515 §4.1.6: a chain proves nothing without an authority',
  ],
  'x5t and x5t#S256': [
    ({ keyId }) => ({ x5t: keyId.slice(0, 27), 'x5t#S256': keyId }),
    'RFC 7515 §4.1.7, §4.1.8: a digest proves nothing',
  ],
  'cnf, a key to confirm': [
    (stranger) => ({ cnf: { jwk: jwk(stranger) } }),
    'RFC 7800 §3.2: a key to confirm is not the key that signs',
  ],
}

/** The key comes from the key ring, and from nowhere else (RFC 8725 §3.10). */
export const keyHeader = inGroup('key', [
  ...each(OFFERS, (title, [members, why]) => ({
    name: `a stranger's key offered by ${title}`,
    why,
    forge: ({ token, stranger, application }) =>
      token({ header: members(stranger, application), sign: signWith('RS512', stranger.privateKey) }),
    expect: refused('token_rejected'),
  })),
  {
    name: "a stranger's key offered in the claims",
    why: 'RFC 7800 §3.2: a confirmation key is not the signer’s',
    forge: ({ token, stranger }: Forge) =>
      token({ claims: { cnf: { jwk: jwk(stranger) } }, sign: signWith('RS512', stranger.privateKey) }),
    expect: refused('token_rejected'),
  },
])

function jwk({ publicKey, keyId }: Party): Record<string, unknown> {
  return { ...publicKey.export({ format: 'jwk' }), kid: keyId, use: 'sig', alg: 'RS512' }
}

function der({ publicKey }: Party): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' })
}
