import type { Forge } from '../forge.ts'
import { ALGORITHM, base64url } from '../forge.ts'
import { each, inGroup, refused } from '../probe.ts'
import { hmacWith, type Sign, signWith } from '../signing.ts'
import { CVE } from './cve.ts'

const ONE_ALGORITHM = 'RFC 8725 §3.1: a key is used with one algorithm only'

/** The key or method that signed instead of the application's key and RS512. */
const SIGNERS: Record<string, [signerOf: (forge: Forge) => Sign | undefined, why: string]> = {
  'a key that the API does not know': [
    ({ unknownSigner }) => signWith(ALGORITHM, unknownSigner.privateKey),
    'RFC 7515 §5.2: the key must be one of the application',
  ],
  'another application': [
    ({ other }) => other && signWith(ALGORITHM, other.privateKey),
    'RFC 8725 §2.7: substitution',
  ],
  'the right key with RS256': [({ application }) => signWith('RS256', application.privateKey), ONE_ALGORITHM],
  'the right key with RS384': [({ application }) => signWith('RS384', application.privateKey), ONE_ALGORITHM],
  'the right key with PS512': [({ application }) => signWith('PS512', application.privateKey), ONE_ALGORITHM],
  'HMAC with the public key': [
    ({ application: { publicKey } }) =>
      hmacWith('HS512', Buffer.from(publicKey.export({ type: 'spki', format: 'pem' }))),
    CVE['2015-9235'],
  ],
}

/** The header says RS512 in each of them. */
const otherSigners = inGroup(
  'signature',
  each(SIGNERS, (title, [signerOf, why]) => ({
    name: `signed by ${title}`,
    why,
    forge: (forge) => {
      const sign = signerOf(forge)
      return sign && forge.token({ sign })
    },
    expect: refused('token_rejected'),
    primed: true,
  })),
)

const INPUT = 'RFC 7515 §5.2: the signature covers both parts, exactly as they were sent'

/** What was signed instead of both parts. */
const INPUTS: Record<string, (header: string, claims: string) => string> = {
  'the header alone': (header) => header,
  'the claims alone': (_, claims) => claims,
  'the claims, decoded': (_, claims) => Buffer.from(claims, 'base64url').toString(),
  'both parts without the dot': (header, claims) => header + claims,
  'both parts and one more dot': (header, claims) => `${header}.${claims}.`,
  'both parts, the claims first': (header, claims) => `${claims}.${header}`,
  nothing: () => '',
}

const otherInputs = inGroup('signature', [
  ...each(INPUTS, (title, inputOf) => ({
    name: `a signature of ${title}`,
    why: INPUT,
    forge: ({ token, application }) => {
      const sign = signWith(ALGORITHM, application.privateKey)
      return token({
        sign: (input) => {
          const [header = '', claims = ''] = input.split('.')
          return sign(inputOf(header, claims))
        },
      })
    },
    expect: refused('token_rejected'),
    primed: true,
  })),
  {
    name: 'a signature of another token',
    why: INPUT,
    forge: ({ token }) => {
      const [, , last = ''] = token().split('.')
      return token({ claims: { jti: 'the next' }, assemble: (...parts) => withSignature(parts, last) })
    },
    expect: refused('token_rejected'),
    primed: true,
  },
  {
    name: 'a signature of the same claims with another header',
    why: INPUT,
    forge: ({ token }) => {
      const plain = base64url(Buffer.from(JSON.stringify({ alg: ALGORITHM })))
      return token({ assemble: (_, ...signed) => [plain, ...signed].join('.') })
    },
    expect: refused('token_rejected'),
    primed: true,
  },
])

export const signature = [...otherSigners, ...otherInputs]

function withSignature([header, claims]: string[], signature: string): string {
  return [header, claims, signature].join('.')
}
