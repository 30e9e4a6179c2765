/** Every refusal that the services make themselves: its status, and its title, which is constant (RFC 9457 §3.1.3). */
export const PROBLEMS = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  cross_site_request: { status: 403, title: 'The request came from another site' },
  not_found: { status: 404, title: 'There is nothing at this address' },
  method_not_allowed: { status: 405, title: 'The method is not allowed' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The media type is not supported' },
  host_not_allowed: { status: 421, title: 'This server does not answer under this host name' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key was used for another request' },
  rate_limited: { status: 429, title: 'Too many requests' },

  internal_error: { status: 500, title: 'Something went wrong' },
  api_unreachable: { status: 502, title: 'The API cannot be reached' },
  api_not_trusted: { status: 502, title: 'The certificate of the API is not trusted' },
  api_refused: { status: 502, title: 'The API refused this application' },
  api_failed: { status: 502, title: 'The answer of the API cannot be used' },
  unavailable: { status: 503, title: 'Not available at the moment' },
  api_timeout: { status: 504, title: 'The API took too long' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemCode = keyof typeof PROBLEMS

/**
 * The fields that every refusal has: a {@link Problem} and an `AuthError` of `@signet/auth` both have them.
 * `message` (sent as `detail`), `headers` and `members` are sent to the caller. `reason` is only logged.
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

/** Additional members of the answer (RFC 9457 §3.2). */
export type Members = Readonly<{
  /** What is wrong with the input, field by field. */
  errors?: readonly FieldError[]
  /** The names of the failing readiness checks. */
  checks?: readonly string[]
  /** The permission that the caller lacks. */
  permission?: string
  /** The code with which the API refused the request of a page. */
  apiCode?: string
}>

/** One fault of the input. `path` is the field. */
export type FieldError = Readonly<{ path: string; message: string }>

/** A refusal that a service makes itself. Without a `detail`, its title is sent as the detail. */
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

/** The JSON object (RFC 9457) that is sent for a refusal, with the additional members `code` and `requestId`. */
export function problemDocument(
  { code, status, title, message, members }: Refusal,
  requestId: string,
): Record<string, unknown> {
  return { type: `${DOCS}#${code}`, title, status, detail: message, code, requestId, ...members }
}

// The documentation has no public host, so `type` is a relative reference to a heading in this repository. RFC 9457
// §3.1.1 asks for a full path, so that the reference means the same for every route.
const DOCS = '/docs/errors.md'
