import { type FieldError, Problem } from '@signet/service'
import { type AxiosResponse, isAxiosError } from 'axios'
import { z } from 'zod'

/**
 * The refusal that a failed call means, from what the axios client threw. What is about the visitor's own input becomes
 * the problem that the visitor can correct; the rest is between this application and the API. An error that is not
 * axios's is returned as it is.
 */
export function failureOf(error: unknown, timedOut: boolean): unknown {
  if (timedOut) return new Problem('api_timeout')
  if (!isAxiosError(error)) return error
  if (error.response) return answered(error.response)
  return new Problem(codeOfSilence(error.code), { reason: error.code ?? error.name })
}

/** The API answered, but the answer does not have the promised shape. */
export function unreadableAnswer(): Problem {
  return new Problem('api_failed', { reason: 'the answer has not the expected shape' })
}

function answered({ status, data, headers }: AxiosResponse): Problem {
  const { code, permission, errors } = problem.catch({ code: 'none', errors: [] }).parse(data)
  if (status === 404) return new Problem('not_found')
  if (status === 422) return new Problem('idempotency_key_reused')
  if (code === 'invalid_request') return new Problem('invalid_request', { errors })
  const said = { reason: `API: ${status} ${code}`, apiCode: code, ...(permission && { permission }) }
  if (status === 429 || status === 503)
    return new Problem('unavailable', { ...said, headers: { 'Retry-After': retryAfterOf(headers) } })
  return new Problem(status === 400 || status === 401 || status === 403 ? 'api_refused' : 'api_failed', said)
}

/** What the API's problem answer (RFC 9457) says. A member that is missing or of a wrong type is left out. */
const problem = z.object({
  code: z.string().max(64),
  permission: z.string().max(64).optional(),
  errors: z
    .array(z.object({ path: z.string(), message: z.string() }) satisfies z.ZodType<FieldError>)
    .default([]),
})

/** Seconds, as the API gives them, or 5. */
function retryAfterOf({ 'retry-after': value }: AxiosResponse['headers']): string {
  return typeof value === 'string' && /^\d{1,6}$/.test(value) ? value : '5'
}

function codeOfSilence(code = '') {
  if (code === 'ETIMEDOUT' || code === 'ECONNABORTED') return 'api_timeout'
  return CERTIFICATE.test(code) ? 'api_not_trusted' : 'api_unreachable'
}

/** Node's codes (tls, "X509 certificate error codes") for a certificate that is not valid. */
const CERTIFICATE = /^(?:UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|HOSTNAME_MISMATCH|ERR_TLS_CERT)/
