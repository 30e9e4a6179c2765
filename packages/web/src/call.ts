import type { Issued } from '@signet/auth'
// What `attachTokens` adds to axios's types.
import type {} from '@signet/auth/axios'
import type { AxiosInstance, AxiosResponse } from 'axios'
import { failureOf, unreadableAnswer } from './api-failure.ts'
import type { PageContext } from './context.ts'
import { nextPage } from './next-page.ts'
import { receiptOf } from './receipt.ts'

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
