import { CVE } from '../cve.ts'
import type { Forge } from '../forge.ts'
import { signWith } from '../jwa.ts'
import { each, inGroup, refused } from '../probe.ts'
import type { Signer } from '../signer.ts'

type Members = (unknownSigner: Signer, application: Signer) => Record<string, unknown>

const FETCHED = 'RFC 8725 §2.9: what a token names is not fetched'

/** What the header offers for a key; each row signs with the unknown signer's. */
const OFFERS: Record<string, [members: Members, why: string]> = {
  'jwk, beside the kid of the application': [
    (unknownSigner) => ({ jwk: jwk(unknownSigner) }),
    CVE['2018-0114'],
  ],
  'jwk, without a kid': [(unknownSigner) => ({ jwk: jwk(unknownSigner), kid: undefined }), CVE['2018-0114']],
  'jwk that bears the kid of the application': [
    (unknownSigner, { keyId }) => ({ jwk: { ...jwk(unknownSigner), kid: keyId } }),
    CVE['2018-0114'],
  ],
  'jwk, as a list': [(unknownSigner) => ({ jwk: [jwk(unknownSigner)] }), CVE['2018-0114']],
  'jwks, a whole set': [(unknownSigner) => ({ jwks: { keys: [jwk(unknownSigner)] } }), CVE['2018-0114']],
  jku: [() => ({ jku: 'https://127.0.0.1:9/jwks.json' }), CVE['2024-21643']],
  'jku without TLS': [() => ({ jku: 'http://127.0.0.1:9/jwks.json' }), CVE['2024-1233']],
  'jku that points to a file': [() => ({ jku: 'file:///etc/passwd' }), FETCHED],
  'jku that points to the cloud': [
    () => ({ jku: 'http://169.254.169.254/latest/meta-data/' }),
    'RFC 8725 §2.9: an attack on what only the server reaches',
  ],
  'jku with the key in it': [
    (unknownSigner) => ({ jku: `data:application/json,${JSON.stringify({ keys: [jwk(unknownSigner)] })}` }),
    'RFC 7515 §4.1.2: the protocol is TLS',
  ],
  x5u: [() => ({ x5u: 'https://127.0.0.1:9/chain.pem' }), FETCHED],
  'x5u that points to a file': [() => ({ x5u: 'file:///etc/ssl/cert.pem' }), FETCHED],
  x5c: [
    (unknownSigner) => ({ x5c: [der(unknownSigner).toString('base64')] }),
    'RFC 7515 §4.1.6: a chain proves nothing without an authority',
  ],
  'x5t and x5t#S256': [
    ({ keyId }) => ({ x5t: keyId.slice(0, 27), 'x5t#S256': keyId }),
    'RFC 7515 §4.1.7, §4.1.8: a digest proves nothing',
  ],
  'cnf, a key to confirm': [
    (unknownSigner) => ({ cnf: { jwk: jwk(unknownSigner) } }),
    'RFC 7800 §3.2: a key to confirm is not the key that signs',
  ],
}

/** The key comes from the key ring, and from nowhere else (RFC 8725 §3.10). */
export const keyHeader = inGroup('key', [
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
    why: 'RFC 7800 §3.2: a confirmation key is not the signer’s',
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
