import { PROBLEMS, Problem } from '@signet/service'
import { isAxiosError } from 'axios'
import { type ApiProblem, apiProblemOf } from './api-problem.ts'

export type ApiFailureCode =
  | 'api_unreachable'
  | 'api_not_trusted'
  | 'api_refused'
  | 'api_failed'
  | 'api_timeout'
  | 'unavailable'

/**
 * A call that failed for a reason that the visitor cannot mend. It has the fields of a Problem: `extras` and
 * `permission` say what the API said, `reason` is for the log.
 */
export class ApiFailure extends Error {
  readonly code: ApiFailureCode
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly reason: string | undefined
  readonly permission: string | undefined
  readonly extras: Readonly<{ apiCode?: string }>

  constructor(code: ApiFailureCode, { reason, said }: { reason?: string; said?: ApiProblem } = {}) {
    const { status, title } = PROBLEMS[code]
    super(`${title}.`)
    this.name = 'ApiFailure'
    this.code = code
    this.status = status
    this.headers = status === 503 ? { 'Retry-After': said?.retryAfter ?? '5' } : {}
    this.reason = said ? `API: ${said.status} ${said.code}` : reason
    this.permission = said?.permission
    this.extras = said ? { apiCode: said.code } : {}
  }
}

/** What became of a call, from what the axios client threw. An error that is not axios's goes through as it is. */
export function failureOf(error: unknown, timedOut: boolean): unknown {
  if (timedOut) return new ApiFailure('api_timeout')
  if (!isAxiosError(error)) return error
  if (error.response) return answered(apiProblemOf(error.response))
  return new ApiFailure(silence(error.code), { reason: error.code ?? error.name })
}

/** The API answered well, but not with what it promises. */
export function unreadableAnswer(): ApiFailure {
  return new ApiFailure('api_failed', { reason: 'the answer has not the expected shape' })
}

/** What is about the visitor's own input is the visitor's to mend; the rest is between this application and the API. */
function answered(said: ApiProblem): Problem | ApiFailure {
  const { status, code, errors } = said
  if (status === 404) return new Problem('not_found')
  if (status === 422) return new Problem('idempotency_key_reused')
  if (code === 'invalid_request') return new Problem('invalid_request', { errors })
  if (status === 429 || status === 503) return new ApiFailure('unavailable', { said })
  if (status === 400 || status === 401 || status === 403) return new ApiFailure('api_refused', { said })
  return new ApiFailure('api_failed', { said })
}

function silence(code = ''): ApiFailureCode {
  if (code === 'ETIMEDOUT' || code === 'ECONNABORTED') return 'api_timeout'
  return CERTIFICATE.test(code) ? 'api_not_trusted' : 'api_unreachable'
}

/** Node's codes (tls, "X509 certificate error codes") for a certificate that does not check out. */
const CERTIFICATE = /^(?:UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|HOSTNAME_MISMATCH|ERR_TLS_CERT)/
