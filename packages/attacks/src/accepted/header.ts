import type { Forge } from '../forge.ts'
import { ACCEPTED, each, inGroup } from '../probe.ts'

const TYP = 'RFC 7515 §4.1.9, RFC 7519 §5.1: optional, upper or lower case'
const KID = 'RFC 7515 §4.1.4: optional'
const IGNORED = 'RFC 7515 §4: unknown members are ignored, unless they are critical'
const REPLICATED = 'RFC 7519 §5.3: the header may contain claims, too'

type Members = (forge: Forge) => Record<string, unknown>

const HEADERS: Record<string, [members: Members, why: string]> = {
  'as this library makes it': [() => ({}), 'RFC 7519 §7.1: an ordinary token'],
  'without typ': [() => ({ typ: undefined }), TYP],
  'typ jwt': [() => ({ typ: 'jwt' }), TYP],
  'typ Jwt': [() => ({ typ: 'Jwt' }), TYP],
  'typ jWt': [() => ({ typ: 'jWt' }), TYP],
  'without kid': [() => ({ kid: undefined }), KID],
  'with nothing but alg': [
    () => ({ kid: undefined, typ: undefined }),
    'RFC 7515 §4.1.1: only alg is required',
  ],
  'with jku': [() => ({ jku: 'https://127.0.0.1:9/jwks.json' }), `${IGNORED} (§4.1.2)`],
  "with jwk, the application's own key": [
    ({ application }) => ({ jwk: application.publicKey.export({ format: 'jwk' }) }),
    `${IGNORED} (§4.1.3)`,
  ],
  "with jwk, an unknown signer's key": [
    ({ unknownSigner }) => ({ jwk: unknownSigner.publicKey.export({ format: 'jwk' }) }),
    `${IGNORED} (§4.1.3)`,
  ],
  'with jwk null': [() => ({ jwk: null }), IGNORED],
  'with x5u': [() => ({ x5u: 'https://127.0.0.1:9/chain.pem' }), `${IGNORED} (§4.1.5)`],
  'with x5c': [() => ({ x5c: ['AAAA'] }), `${IGNORED} (§4.1.6)`],
  'with x5t': [() => ({ x5t: 'dGh1bWJwcmludA' }), `${IGNORED} (§4.1.7)`],
  'with x5t#S256': [() => ({ 'x5t#S256': 'dGh1bWJwcmludA' }), `${IGNORED} (§4.1.8)`],
  'with cty json': [() => ({ cty: 'json' }), 'RFC 7515 §4.1.10: cty changes nothing here'],
  'with a url and a nonce, as ACME': [
    () => ({ url: 'https://a.example', nonce: 'n' }),
    `${IGNORED} (RFC 8555 §6.2)`,
  ],
  'with b64 true, and no crit': [() => ({ b64: true }), 'RFC 7797 §3: true is the default'],
  'with an unknown name': [() => ({ bork: true }), IGNORED],
  'with an unknown object': [() => ({ bork: { deep: [1, { er: null }] } }), IGNORED],
  'with an empty name': [() => ({ '': 'empty' }), IGNORED],
  'with Crit, which is not crit': [() => ({ Crit: ['bork'] }), 'RFC 8259 §8.3: names are case-sensitive'],
  'with ALG, which is not alg': [() => ({ ALG: 'none' }), 'RFC 8259 §8.3: names are case-sensitive'],
  'with Kid, which is not kid': [() => ({ Kid: 'unknown' }), 'RFC 8259 §8.3: names are case-sensitive'],
  'with iss, sub and aud': [({ audience }) => ({ iss: 'else', sub: 's', aud: audience }), REPLICATED],
  'with exp and iat': [() => ({ exp: 1, iat: 4_102_444_800 }), `${REPLICATED}; those of the payload count`],
  'with letters of several scripts': [() => ({ имя: '名前 🔑' }), 'RFC 8725 §3.7: UTF-8'],
  'with names that objects inherit': [
    () => ({ constructor: 1, toString: 2 }),
    'RFC 8259 §4: any string may be a name',
  ],
  'with fifty more members': [
    () => Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`m${n}`, n])),
    IGNORED,
  ],
}

export const header = inGroup(
  'header',
  each(HEADERS, (title, [members, why]) => ({
    name: `a header ${title}`,
    why,
    forge: (forge) => forge.token({ header: members(forge) }),
    expect: ACCEPTED,
  })),
)
