import { isUtf8 } from 'node:buffer'
import { type Claims, readClaims } from './claims.ts'
import { AuthError, type Check } from './errors.ts'

export const ALGORITHM = 'RS512'

/** Headers that are remembered, so that a flood of different ones takes little memory. */
const MAXIMUM_HEADERS = 256

export type Header = Readonly<{ alg: typeof ALGORITHM; typ?: string; kid?: string }>

/** The content of a token. Nothing of it is proven before the signature is verified. */
export type Token = Readonly<{ header: Header; claims: Claims }>

/**
 * Decodes a token (RFC 7519 §7.2) and checks what needs neither key nor clock. Throws {@link AuthError}
 * `token_malformed` or `algorithm_not_allowed`. The header of a caller is the same in all its tokens: `headers` holds those
 * that were accepted before, by their text.
 * @example const { header, claims } = readToken(token) // nothing of it is proven yet
 */
export function readToken(token: string, headers = new Map<string, Header>()): Token {
  const parts = token.split('.')
  if (parts.length !== 3) throw malformed('shape', 'not three parts')
  const [header, claims, signature] = parts as [string, string, string]
  const known = headers.get(header)
  const said = { header: known ?? readObject(header), claims: readObject(claims) }
  readBase64url(signature)
  const accepted = known ?? readHeader(said.header)
  if (headers.size >= MAXIMUM_HEADERS) headers.clear()
  headers.set(header, accepted)
  return { header: accepted, claims: readClaims(said.claims) }
}

function readHeader(header: Record<string, unknown>): Header {
  if (header.alg !== ALGORITHM)
    throw new AuthError('algorithm_not_allowed', 'algorithm', {
      reason: `alg is ${JSON.stringify(header.alg)}`,
    })
  // RFC 7515 §4.1.11: an unknown extension must be refused, and this library knows none. jsonwebtoken accepts it.
  if (Object.hasOwn(header, 'crit')) throw malformed('critical', 'crit is present')
  const { typ, kid } = header
  if (typ !== undefined && (typeof typ !== 'string' || typ.toUpperCase() !== 'JWT'))
    throw malformed('type', 'typ is not JWT')
  if (kid !== undefined && typeof kid !== 'string') throw malformed('type', 'kid is not a string')
  return Object.freeze(header) as Header
}

function readObject(part: string): Record<string, unknown> {
  const bytes = readBase64url(part)
  if (!isUtf8(bytes)) throw malformed('shape', 'not UTF-8')
  let value: unknown
  try {
    value = JSON.parse(bytes.toString())
  } catch {
    throw malformed('shape', 'not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed('shape', 'not a JSON object')
  return value as Record<string, unknown>
}

/** Strict (RFC 7515 §2): Node.js ignores other characters, so only the text that it would write itself is accepted. */
function readBase64url(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url')
  if (bytes.toString('base64url') !== part) throw malformed('shape', 'not canonical base64url')
  return bytes
}

function malformed(check: Check, reason: string): AuthError {
  return new AuthError('token_malformed', check, { reason })
}
