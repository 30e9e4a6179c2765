import { ALGORITHM } from '../contract.ts'
import { base64url } from '../forge.ts'
import { signWith } from '../jwa.ts'
import { each, inGroup, refused } from '../probe.ts'

const INPUT = 'RFC 7515 §5.2: the signature is of both parts, as they were sent'

/** What was signed in place of both parts. */
const INPUTS: Record<string, (header: string, claims: string) => string> = {
  'the header alone': (header) => header,
  'the claims alone': (_, claims) => claims,
  'the claims, decoded': (_, claims) => Buffer.from(claims, 'base64url').toString(),
  'both parts without the dot': (header, claims) => header + claims,
  'both parts and one dot more': (header, claims) => `${header}.${claims}.`,
  'both parts, the claims first': (header, claims) => `${claims}.${header}`,
  nothing: () => '',
}

export const signatureInput = inGroup('signature', [
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
    name: 'a signature of the last token, under the next one',
    why: INPUT,
    forge: ({ token }) => {
      const [, , last = ''] = token().split('.')
      return token({ claims: { jti: 'the next' }, assemble: (...parts) => withSignature(parts, last) })
    },
    expect: refused('token_rejected'),
    primed: true,
  },
  {
    name: 'a signature of the same claims, under another header',
    why: INPUT,
    forge: ({ token }) => {
      const plain = base64url(Buffer.from(JSON.stringify({ alg: ALGORITHM })))
      return token({ assemble: (_, ...signed) => [plain, ...signed].join('.') })
    },
    expect: refused('token_rejected'),
    primed: true,
  },
])

function withSignature([header, claims]: string[], signature: string): string {
  return [header, claims, signature].join('.')
}
