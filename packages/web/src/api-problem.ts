import type { AxiosResponse } from 'axios'
import { z } from 'zod'

/** One fault of what was sent: `path` is the field. */
export type FieldError = z.infer<typeof fieldError>

/** What the API's problem answer (RFC 9457) says; `retryAfter` is in seconds. What it lacks or garbles is left out. */
export type ApiProblem = z.infer<typeof problem> & { status: number; retryAfter?: string }

export function apiProblemOf({ status, data, headers }: AxiosResponse): ApiProblem {
  const said = problem.catch({ code: 'none', errors: [] }).parse(data)
  const retryAfter: unknown = headers['retry-after']
  const inSeconds = typeof retryAfter === 'string' && /^\d{1,6}$/.test(retryAfter)
  return { ...said, status, ...(inSeconds && { retryAfter }) }
}

const fieldError = z.object({ path: z.string(), message: z.string() })

const problem = z.object({
  code: z.string().max(64),
  permission: z.string().max(64).optional(),
  errors: z.array(fieldError).default([]),
})
