import type { Issued } from '@signet/auth'
// The fields that `attachTokens` adds to axios's types.
import type {} from '@signet/auth/axios'
import { type FieldError, Problem, traceparentOf } from '@signet/service'
import { type AxiosInstance, type AxiosResponse, isAxiosError } from 'axios'
import { z } from 'zod'
import type { PageContext } from './context.ts'
import { receiptOf } from './receipt.ts'

/** One call to the API. `answer` is the zod schema of the data: what the API sends is checked like any other input. */
export type Call<T> = {
  method?: 'GET' | 'POST'
  path: string
  /** An array is a repeated parameter. */
  params?: Record<string, string | number | readonly string[] | undefined>
  data?: unknown
  headers?: Record<string, string>
  answer: { safeParse(data: unknown): { success: true; data: T } | { success: false } }
}

/** The data that the API sent, and the `after` parameter of the next page. `next` is undefined on the last page. */
export type Answer<T> = { data: T; next: string | undefined }

/**
 * Calls the API for a page. The call carries the request ID and the trace of the page, and its receipt is added to the context of the
 * page, also when the call fails. The whole call may take `client.defaults.timeout` milliseconds, or 5000 if the client
 * sets none. Throws a Problem: `api_…` or `unavailable`, or one that the visitor can correct (400, 404, 422).
 */
export async function call<T>(
  client: AxiosInstance,
  context: PageContext,
  wanted: Call<T>,
): Promise<Answer<T>> {
  const { method = 'GET', path, params = {}, data, headers, answer } = wanted
  // axios's own timeout starts again with every byte. An API that sends its answer slowly would block the page for ever.
  const signal = AbortSignal.timeout(client.defaults.timeout || 5000)
  const identity = { 'x-request-id': context.requestId, traceparent: traceparentOf(context.trace) }
  const started = performance.now()

  const response = await client
    .request({ method, url: path, params, data, signal, headers: { ...headers, ...identity } })
    .catch((error) => {
      keepReceipt(error.issued, error.response)
      throw problemOf(error, signal.aborted)
    })
  keepReceipt(response.config.issued, response)

  const read = answer.safeParse(response.data)
  if (!read.success)
    throw new Problem('api_failed', { reason: 'the answer does not have the expected shape' })
  return { data: read.data, next: nextPage(response.headers.link) }

  function keepReceipt(issued?: Issued, response?: AxiosResponse): void {
    const milliseconds = performance.now() - started
    context.receipts.push(receiptOf({ call: `${method} ${path}`, milliseconds, issued, response }))
  }
}

/**
 * The `after` parameter of the next page, from the `Link` header of an answer (RFC 8288 §3:
 * `</users?after=x>; rel="next"`). Undefined on the last page.
 */
export function nextPage(link: unknown): string | undefined {
  if (typeof link !== 'string') return undefined
  const target = link.match(/<([^>]*)>\s*;\s*rel="?next"?/)?.[1]
  if (target === undefined || !URL.canParse(target, BASE)) return undefined
  return new URL(target, BASE).searchParams.get('after') ?? undefined
}

/** Makes a relative target a complete URL. Only the query of the URL is read. */
const BASE = 'https://api.invalid'

/**
 * Turns the error of axios into a Problem. What the visitor sent wrong stays the same problem, so that the visitor can
 * correct it. Everything else is between this application and the API. An error that is not from axios is returned as it is.
 */
function problemOf(error: unknown, timedOut: boolean): unknown {
  if (timedOut) return new Problem('api_timeout')
  if (!isAxiosError(error)) return error
  if (error.response) return problemOfAnswer(error.response)
  return new Problem(codeWithoutAnswer(error.code), { reason: error.code ?? error.name })
}

function problemOfAnswer({ status, data, headers }: AxiosResponse): Problem {
  const { code, permission, errors } = problem.catch({ code: 'none', errors: [] }).parse(data)
  if (status === 404) return new Problem('not_found')
  if (status === 422) return new Problem('idempotency_key_reused')
  if (code === 'invalid_request') return new Problem('invalid_request', { errors })
  const said = { reason: `API: ${status} ${code}`, apiCode: code, ...(permission && { permission }) }
  if (status === 429 || status === 503)
    return new Problem('unavailable', { ...said, headers: { 'Retry-After': retryAfterOf(headers) } })
  return new Problem(status === 400 || status === 401 || status === 403 ? 'api_refused' : 'api_failed', said)
}

/** The members of the API's problem document (RFC 9457) that a page uses. */
const problem = z.object({
  code: z.string().max(64),
  permission: z.string().max(64).optional(),
  errors: z
    .array(z.object({ path: z.string(), message: z.string() }) satisfies z.ZodType<FieldError>)
    .default([]),
})

/** Seconds: the number that the API sent, or 5. */
function retryAfterOf({ 'retry-after': value }: AxiosResponse['headers']): string {
  return typeof value === 'string' && /^\d{1,6}$/.test(value) ? value : '5'
}

function codeWithoutAnswer(code = '') {
  if (code === 'ETIMEDOUT' || code === 'ECONNABORTED') return 'api_timeout'
  return CERTIFICATE.test(code) ? 'api_not_trusted' : 'api_unreachable'
}

/** Node's codes for a certificate that is not valid (tls, "X509 certificate error codes"). */
const CERTIFICATE = /^(?:UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|HOSTNAME_MISMATCH|ERR_TLS_CERT)/
