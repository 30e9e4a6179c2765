/** Every refusal that a service may send: its status, and the title that RFC 9457 §3.1.3 wants the same each time. */
export const PROBLEMS = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  token_ambiguous: { status: 400, title: 'More than one token' },

  token_missing: { status: 401, title: 'No token' },
  token_malformed: { status: 401, title: 'The token cannot be read' },
  algorithm_not_allowed: { status: 401, title: 'The algorithm is not allowed' },
  token_expired: { status: 401, title: 'The token has expired' },
  token_not_yet_valid: { status: 401, title: 'The token is not valid yet' },
  token_issued_in_future: { status: 401, title: 'The token was issued in the future' },
  token_lifetime_too_long: { status: 401, title: 'The token lives too long' },
  audience_mismatch: { status: 401, title: 'The token is for another audience' },
  audience_missing: { status: 401, title: 'The token names no audience' },
  issuer_mismatch: { status: 401, title: 'The issuer is not the application' },
  token_rejected: { status: 401, title: 'The token was rejected' },

  permission_denied: { status: 403, title: 'A permission is missing' },
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
