import { ALGORITHM } from '../contract.ts'
import { CVE } from '../cve.ts'
import type { Forge } from '../forge.ts'
import { hmacWith, type Sign, signWith } from '../jwa.ts'
import { each, inGroup, refused } from '../probe.ts'

const ONE_ALGORITHM = 'RFC 8725 §3.1: a key is used with one algorithm, whatever else it could do'

/** Who or what signed in the application's place. */
const SIGNERS: Record<string, [signerOf: (forge: Forge) => Sign | undefined, why: string]> = {
  'a key that the API has never seen': [
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

/** alg says RS512 all the same. */
export const signatureSigner = inGroup(
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
