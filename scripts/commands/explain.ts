import { AuthError, CHECKS, type Check, createVerifier, openKeyRing, readToken } from '@signet/auth'
import { type Context, command } from '../command.ts'
import { UsageError } from '../errors.ts'
import { readGuestList } from '../guest-list.ts'

export const explain = command({
  usage: 'explain TOKEN | - [--audience ORIGIN]… [--require-audience]',
  summary: "Run the API's own checks on a token and show each verdict",
  help: `Give "-" to read the token from standard input: what stands on a command line stays in the shell's history.
Exit status 0 if the API would accept the token, 1 if not.

  --audience ORIGIN   as in AUDIENCES (https://localhost:3000)
  --require-audience  as with REQUIRE_AUDIENCE=true`,
  options: {
    audience: { type: 'string', multiple: true, default: ['https://localhost:3000'] },
    'require-audience': { type: 'boolean', default: false },
  },
  words: { least: 1, most: 1 },
  run: (context, [word = ''], { audience, 'require-audience': requireAudience }) => {
    const token = word === '-' ? context.readInput().trim() : word
    if (token === '') throw new UsageError('There is no token.')
    const { lines, refusal } = examine(context, token, { audiences: audience, requireAudience })
    for (const line of [...verdicts(refusal), ...lines]) context.print(line)
    return refusal ? 1 : 0
  },
})

/** What each check asks. The first and the last are made on a request, which is not at hand. */
const QUESTIONS: Record<Exclude<Check, 'carriage' | 'permission'>, string> = {
  shape: 'three parts, canonical base64url, two JSON objects',
  algorithm: 'alg is RS512',
  critical: 'no crit',
  type: 'typ is JWT or absent, kid is text or absent',
  claims: 'the claims are there and of the right types',
  times: 'neither expired nor from the future',
  lifetime: 'lives 300 s at most',
  issuer: 'iss, if present, is the application',
  audience: 'aud, if present, is this API',
  application: 'the application is on the guest list and not revoked',
  key: 'the application has the key that kid names, or any',
  signature: 'that key verifies the signature',
}

type Audience = { audiences: string[]; requireAudience: boolean }
type Examined = { lines: string[]; refusal: AuthError | undefined }

function examine({ places, now }: Context, token: string, audience: Audience): Examined {
  const applications = readGuestList(places.applications)
  const guestList = { find: (appId: string) => applications.get(appId) }
  const lines: string[] = []
  const onFault = ({ message }: Error) => lines.push(`key file: ${message}`)
  const keyRing = openKeyRing({ folder: places.publicKeys, now, onFault })
  try {
    const { header, claims } = readToken(token)
    lines.push(`header: ${printable(JSON.stringify(header))}`, `claims: ${printable(JSON.stringify(claims))}`)
    const { caller } = createVerifier({ guestList, keyRing, ...audience, now })(token)
    const permissions = caller.permissions.join(', ') || 'no permission'
    lines.push(`Accepted: ${caller.name}, with ${permissions}, by key ${caller.keyId}`)
    return { lines, refusal: undefined }
  } catch (error) {
    if (!(error instanceof AuthError)) throw error
    lines.push(`Refused: ${error.status} ${error.code}. ${error.message}`)
    return { lines, refusal: error }
  }
}

function verdicts(refusal: AuthError | undefined): string[] {
  const stop = refusal ? CHECKS.indexOf(refusal.check) : CHECKS.length
  return CHECKS.flatMap((check, index) => {
    if (!isAsked(check)) return []
    const line = `${check.padEnd(11)} ${QUESTIONS[check]}`
    if (index === stop) return `✗ ${line}: ${refusal?.code} (${printable(refusal?.reason ?? '')})`
    return index < stop ? `✓ ${line}` : `– ${line}: not reached`
  })
}

function isAsked(check: Check): check is keyof typeof QUESTIONS {
  return check in QUESTIONS
}

/** A hostile token must not send control characters to the terminal; JSON escapes the first 32 only. */
function printable(text: string): string {
  return text.replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
