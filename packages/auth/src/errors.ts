/** The checks of a token, in the order in which they are made. The first one that fails is the answer. */
export const CHECKS = [
  'transport',
  'shape',
  'algorithm',
  'critical',
  'type',
  'claims',
  'times',
  'lifetime',
  'issuer',
  'audience',
  'application',
  'key',
  'signature',
  'permission',
] as const

export type Check = (typeof CHECKS)[number]
export type AuthErrorCode = keyof typeof REFUSALS

/**
 * A refusal, or a key store that cannot be read. `code`, `status`, `title`, `message`, `headers` and `members` (RFC 9457
 * §3.2) are for the caller; `check` and `reason` say more and are for the log.
 * @example if (error instanceof AuthError) log.warn(error.code, error.reason)
 */
export class AuthError extends Error {
  readonly code: AuthErrorCode
  readonly status: 400 | 401 | 403 | 503
  readonly title: string
  readonly headers: Readonly<Record<string, string>>
  readonly members: Readonly<{ permission?: string }>
  readonly check: Check
  readonly reason: string

  constructor(code: AuthErrorCode, check: Check, { reason = code as string, permission = '' } = {}) {
    const { status, title, message } = REFUSALS[code]
    // A refusal is an answer, not a fault in this program. Capturing a stack would cost more than all other checks.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(message)
    Error.stackTraceLimit = stackTraceLimit
    this.name = 'AuthError'
    this.code = code
    this.status = status
    this.title = title
    this.headers = headersOf(code, status, permission)
    this.members = permission ? { permission } : {}
    this.check = check
    this.reason = reason
  }
}

/** Every refusal of a token: its status, its title (RFC 9457 §3.1.3) and what the caller should do. */
export const REFUSALS = {
  token_ambiguous: {
    status: 400,
    title: 'More than one token',
    message: 'Send one token, once: in x-token or as Authorization: Bearer.',
  },
  token_missing: { status: 401, title: 'No token', message: 'Send a token in the x-token header.' },
  token_malformed: {
    status: 401,
    title: 'The token cannot be read',
    message: 'The token is not a JSON Web Token with the required claims.',
  },
  algorithm_not_allowed: {
    status: 401,
    title: 'The algorithm is not allowed',
    message: 'Sign the token with RS512.',
  },
  token_expired: {
    status: 401,
    title: 'The token has expired',
    message: 'The token has expired. Sign a new one, and check the clock.',
  },
  token_not_yet_valid: {
    status: 401,
    title: 'The token is not valid yet',
    message: 'The token is not valid yet (nbf).',
  },
  token_issued_in_future: {
    status: 401,
    title: 'The token was issued in the future',
    message: 'The token was issued in the future (iat). Check the clock.',
  },
  token_lifetime_too_long: {
    status: 401,
    title: 'The lifetime of the token is too long',
    message: 'A token may be valid for at most 300 seconds (exp - iat).',
  },
  audience_mismatch: {
    status: 401,
    title: 'The token is for another audience',
    message: 'The token was made for another service (aud).',
  },
  audience_missing: {
    status: 401,
    title: 'The token names no audience',
    message: 'The token must name this service (aud).',
  },
  issuer_mismatch: {
    status: 401,
    title: 'The issuer is not the application',
    message: 'The issuer (iss) must be the application (appId).',
  },
  token_rejected: {
    status: 401,
    title: 'The token was rejected',
    message: 'No key of this application verifies the token.',
  },
  permission_denied: {
    status: 403,
    title: 'A permission is missing',
    message: 'The application lacks the permission for this.',
  },
  unavailable: {
    status: 503,
    title: 'Not available at the moment',
    message: 'The key store cannot be read at the moment. Try again.',
  },
} satisfies Record<string, { status: AuthError['status']; title: string; message: string }>

/**
 * A key file that cannot be used.
 * @example if (error instanceof KeyFileError) log.error(error.file, error.message)
 */
export class KeyFileError extends Error {
  readonly code = 'key_file_invalid'
  readonly file: string

  constructor(file: string, fault: string) {
    super(`${file}: ${fault}`)
    this.name = 'KeyFileError'
    this.file = file
  }
}

/** A fault in the application registry: `path` is a field such as `permissions.1`, lines count from 1. */
export type ApplicationsFault = { line: number; path: string; message: string }

/**
 * An application registry that cannot be used, with all its faults.
 * @example if (error instanceof ApplicationsError) log.error(error.faults)
 */
export class ApplicationsError extends Error {
  readonly code = 'applications_invalid'
  readonly faults: readonly ApplicationsFault[]

  constructor(file: string, faults: readonly ApplicationsFault[]) {
    super(
      faults.map(({ line, path, message }) => `${file}:${line}: ${path && `${path} `}${message}`).join('\n'),
    )
    this.name = 'ApplicationsError'
    this.faults = faults
  }
}

/**
 * RFC 6750 §3: the challenge and its error codes. A request without a token gets no error code. Our own code is in
 * `error_description`, for a client that does not parse the body.
 */
function headersOf(code: AuthErrorCode, status: number, permission: string): Record<string, string> {
  if (status === 503) return { 'Retry-After': '1' }
  if (code === 'token_missing') return { 'WWW-Authenticate': 'Bearer' }
  const scope = permission && `, scope="${permission}"`
  return { 'WWW-Authenticate': `Bearer error="${CHALLENGES[status]}", error_description="${code}"${scope}` }
}

const CHALLENGES: Record<number, string> = {
  400: 'invalid_request',
  401: 'invalid_token',
  403: 'insufficient_scope',
}
