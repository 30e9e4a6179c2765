import { type AuthError, CHECKS, type Check, createVerifier, openKeyRing, readToken } from '@signet/auth'
import { type Context, command } from '../command.ts'
import { UsageError } from '../errors.ts'
import { readRegistry } from '../revocation.ts'

export const explain = command({
  usage: 'explain - [--audience ORIGIN]… [--require-audience]',
  summary: "Run the API's own checks on a token and show each result",
  help: `Reads the token from standard input: printf %s "$TOKEN" | npm run --silent keys -- explain -
It takes no token from the command line: that stays in the shell's history, and every user of the machine can read it.
Exit status 0 if the API would accept the input as it is, 1 if not.

  --audience ORIGIN   as in AUDIENCES (https://localhost:3000)
  --require-audience  as with REQUIRE_AUDIENCE=true`,
  options: {
    audience: { type: 'string', multiple: true, default: ['https://localhost:3000'] },
    'require-audience': { type: 'boolean', default: false },
  },
  words: { least: 1, most: 1_000 },
  run: (context, words, { audience, 'require-audience': requireAudience }) => {
    if (words.join() !== '-') throw new UsageError(NOT_HERE)
    const { token, faults } = unwrapToken(context.readInput())
    if (token === '') throw new UsageError('There is no token.')
    for (const fault of faults) context.print(`✗ input       ${fault}`)
    if (faults.length > 0) context.print('The checks of the token without that:')
    const { lines, refusal } = examine(context, token, { audiences: audience, requireAudience })
    for (const line of [...results(refusal), ...lines]) context.print(line)
    return refusal || faults.length > 0 ? 1 : 0
  },
})

const NOT_HERE = `Give "-" and send the token to standard input: printf %s "$TOKEN" | npm run --silent keys -- explain -
A token on the command line stays in the shell's history, and every user of the machine can read it.`

/** What each check asks. The first and the last check need a request, and there is none here. */
const QUESTIONS: Record<Exclude<Check, 'transport' | 'permission'>, string> = {
  shape: 'has three parts, canonical base64url, two JSON objects',
  algorithm: 'alg is RS512',
  critical: 'has no crit',
  type: 'typ is JWT or absent, kid is text or absent',
  claims: 'the claims are present and of the right types',
  times: 'is neither expired nor from the future',
  lifetime: 'is valid for 300 s at most',
  issuer: 'iss, if present, is the application',
  audience: 'aud, if present, is this API',
  application: 'the application is in the registry and not revoked',
  key: 'the application has a key, and the one that kid names',
  signature: 'that key verifies the signature',
}

type Audience = { audiences: string[]; requireAudience: boolean }
type Examined = { lines: string[]; refusal: AuthError | undefined }

function examine({ places, now }: Context, token: string, audience: Audience): Examined {
  const registry = readRegistry(places)
  const applications = { find: (appId: string) => registry.get(appId) }
  const lines: string[] = []
  const onFault = ({ message }: Error) => lines.push(`key file: ${message}`)
  const keyRing = openKeyRing({ folder: places.publicKeys, now, onFault })
  try {
    const { header, claims } = readToken(token)
    lines.push(`header: ${printable(JSON.stringify(header))}`, `claims: ${printable(JSON.stringify(claims))}`)
    const { caller } = createVerifier({ applications, keyRing, ...audience, now })(token)
    const permissions = caller.permissions.join(', ') || 'no permission'
    lines.push(`Accepted: ${caller.name}, with ${permissions}, by key ${caller.keyId}`)
    return { lines, refusal: undefined }
  } catch (error) {
    if (!isRefusal(error)) throw error
    lines.push(`Refused: ${error.status} ${error.code}. ${error.message}`)
    return { lines, refusal: error }
  }
}

function isRefusal(error: unknown): error is AuthError {
  return error instanceof Error && 'check' in error
}

function results(refusal: AuthError | undefined): string[] {
  const stop = refusal ? CHECKS.indexOf(refusal.check) : CHECKS.length
  return CHECKS.flatMap((check, index) => {
    if (!isAsked(check)) return []
    const line = `${check.padEnd(11)} ${QUESTIONS[check]}`
    if (index === stop) return `✗ ${line}${reasonOf(refusal)}`
    return index < stop ? `✓ ${line}` : `– ${line}: not reached`
  })
}

/** The last line has the code. Some refusals have no other reason than the code, which is not repeated. */
function reasonOf(refusal: AuthError | undefined): string {
  return !refusal || refusal.reason === refusal.code ? '' : `: ${printable(refusal.reason)}`
}

function isAsked(check: Check): check is keyof typeof QUESTIONS {
  return check in QUESTIONS
}

/** A hostile token must not send control characters to the terminal. JSON escapes only the first 32 of them. */
function printable(text: string): string {
  return text.replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/**
 * The token in the text that a person pasted, and what is wrong with the rest of the text. White space before and after
 * the token is not reported: most ways of pasting add a line break, and no header contains it.
 */
function unwrapToken(input: string): { token: string; faults: string[] } {
  const faults: string[] = []
  let token = input.trim()
  remove(/^"?(x-token|authorization)["']?\s*:\s*/i, 'The name of the header is before the token.')
  remove(QUOTES, 'Quotes are around the token. The API reads them as a part of it.')
  remove(/^Bearer\s+/i, '"Bearer" is before the token. It belongs only into Authorization, not into x-token.')
  remove(QUOTES, 'Quotes are around the token. The API reads them as a part of it.')
  remove(/\s+/g, 'A space or a line break is in the token. A terminal or an editor may have put it there.')
  return { token, faults }

  function remove(pattern: RegExp, fault: string): void {
    const without = token.replace(pattern, '')
    if (without !== token && !faults.includes(fault)) faults.push(fault)
    token = without
  }
}

/** Also typographic ones, which chats and word processors make. */
const QUOTES = /^["'`“”‘’]+|["'`“”‘’]+$/g
