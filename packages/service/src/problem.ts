/** Every refusal that our services make themselves: its status, and its title, which never changes (RFC 9457 §3.1.3). */
export const PROBLEMS = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  cross_site_request: { status: 403, title: 'The request came from another site' },
  not_found: { status: 404, title: 'Nothing is here' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The media type is not supported' },
  host_not_allowed: { status: 421, title: 'The host name is not one of this server' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key was used for another request' },
  rate_limited: { status: 429, title: 'Too many requests' },

  internal_error: { status: 500, title: 'Something went wrong' },
  api_unreachable: { status: 502, title: 'The API cannot be reached' },
  api_not_trusted: { status: 502, title: 'The API is not who it should be' },
  api_refused: { status: 502, title: 'The API refused this application' },
  api_failed: { status: 502, title: 'The API gave no usable answer' },
  unavailable: { status: 503, title: 'Not available at the moment' },
  api_timeout: { status: 504, title: 'The API took too long' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemCode = keyof typeof PROBLEMS

/**
 * The fields that every refusal has, whichever package throws it: a {@link Problem}, or an `AuthError` of `@signet/auth`.
 * `message` (sent as `detail`), `headers` and `members` are for the caller; `reason` is for the log only.
 */
export type Refusal = Readonly<{
  code: string
  status: number
  title: string
  message: string
  headers: Readonly<Record<string, string>>
  reason?: string | undefined
  members: Members
}>

/** Members of the answer beyond those of RFC 9457 (§3.2). */
export type Members = Readonly<{
  /** What is wrong with the input, field by field. */
  errors?: readonly FieldError[]
  /** Which checks say that the service is not ready. */
  checks?: readonly string[]
  /** The permission that the caller lacks. */
  permission?: string
  /** The code with which the API refused a page's call. */
  apiCode?: string
}>

/** One fault of what was sent: `path` is the field. */
export type FieldError = Readonly<{ path: string; message: string }>

/** A refusal that a service makes itself. Its `detail` is its title when none is given. */
export class Problem extends Error implements Refusal {
  readonly code: ProblemCode
  readonly status: number
  readonly title: string
  readonly headers: Readonly<Record<string, string>>
  readonly reason: string | undefined
  readonly members: Members

  constructor(code: ProblemCode, { detail, headers = {}, reason, ...members }: ProblemOptions = {}) {
    const { status, title } = PROBLEMS[code]
    super(detail ?? `${title}.`)
    this.name = 'Problem'
    this.code = code
    this.status = status
    this.title = title
    this.headers = headers
    this.reason = reason
    this.members = members
  }
}

export type ProblemOptions = Members & {
  detail?: string | undefined
  headers?: Record<string, string>
  reason?: string | undefined
}

export const PROBLEM_TYPE = 'application/problem+json'

/** The JSON object of RFC 9457 that tells a caller of a refusal, with our `code` and `requestId`. */
export function problemDocument(
  { code, status, title, message, members }: Refusal,
  requestId: string,
): Record<string, unknown> {
  return { type: `${DOCS}#${code}`, title, status, detail: message, code, requestId, ...members }
}

// The pages have no public host, so `type` is a relative reference with a full path, as RFC 9457 §3.1.1 asks: it names
// the heading in this repository, and the same one from every route.
const DOCS = '/docs/errors.md'
