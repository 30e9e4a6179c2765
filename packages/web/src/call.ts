import type { Issued } from '@signet/auth'
import { type FieldError, Problem } from '@signet/service'
import type { AxiosInstance } from 'axios'
import { type AxiosResponse, isAxiosError } from 'axios'
import { z } from 'zod'
import type { PageContext } from './context.ts'
import { receiptOf } from './receipt.ts'

// What `attachTokens` adds to axios's types.

/** One call to the API. `answer` is a zod schema: the API's answer is outside input like any other. */
export type Call<T> = {
  method?: 'GET' | 'POST'
  path: string
  params?: Record<string, string | number | undefined>
  data?: unknown
  headers?: Record<string, string>
  answer: { safeParse(data: unknown): { success: true; data: T } | { success: false } }
}

/** What the API answered, and the `after` of the next page when there is one. */
export type Answer<T> = { data: T; next: string | undefined }

/**
 * Calls the API for a page, sends the request ID along and adds the receipt to the context of the page, also when the call
 * fails. The whole call may take `client.defaults.timeout` milliseconds (5000 when it names none). Throws a
 * Problem: `api_…` or `unavailable`, or what the visitor can correct (400, 404, 422).
 */
export async function call<T>(
  client: AxiosInstance,
  context: PageContext,
  wanted: Call<T>,
): Promise<Answer<T>> {
  const { method = 'GET', path, params = {}, data, headers, answer } = wanted
  // axios's own timeout starts anew with every byte, so that an API which drips would hold the page for ever.
  const signal = AbortSignal.timeout(client.defaults.timeout || 5000)
  const requestId = { 'x-request-id': context.requestId }
  const started = performance.now()

  const response = await client
    .request({ method, url: path, params, data, signal, headers: { ...headers, ...requestId } })
    .catch((error) => {
      keepReceipt(error.issued, error.response)
      throw failureOf(error, signal.aborted)
    })
  keepReceipt(response.config.issued, response)

  const read = answer.safeParse(response.data)
  if (!read.success) throw unreadableAnswer()
  return { data: read.data, next: nextPage(response.headers.link) }

  function keepReceipt(issued?: Issued, response?: AxiosResponse): void {
    const milliseconds = performance.now() - started
    context.receipts.push(receiptOf({ call: `${method} ${path}`, milliseconds, issued, response }))
  }
}

/**
 * The `after` of the next page, from an API answer's `Link` header (RFC 8288 §3: `</users?after=x>; rel="next"`).
 * Undefined on the last page.
 */
export function nextPage(link: unknown): string | undefined {
  if (typeof link !== 'string') return undefined
  const target = link.match(/<([^>]*)>\s*;\s*rel="?next"?/)?.[1]
  if (target === undefined || !URL.canParse(target, BASE)) return undefined
  return new URL(target, BASE).searchParams.get('after') ?? undefined
}

// The target may be relative, and only its query is of interest.
const BASE = 'https://api.invalid'

/**
 * The refusal that a failed call means, from what the axios client threw. What is about the visitor's own input becomes
 * the problem that the visitor can correct; the rest is between this application and the API. An error that is not
 * axios's is returned as it is.
 */
function failureOf(error: unknown, timedOut: boolean): unknown {
  if (timedOut) return new Problem('api_timeout')
  if (!isAxiosError(error)) return error
  if (error.response) return answered(error.response)
  return new Problem(codeOfSilence(error.code), { reason: error.code ?? error.name })
}

/** The API answered, but the answer does not have the promised shape. */
function unreadableAnswer(): Problem {
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
