import type { ProbeRequest } from '@signet/attacks'
import { AuthError, type Check, type VerifyToken } from '@signet/auth'
import { authenticate } from '@signet/auth/express'
import type { Request, Response } from 'express'

/** What the library itself says to a request; without `check` it lets it pass. `reason` is what an API logs. */
export type Judgement = Readonly<{ status: number; code?: string; check?: Check; reason?: string }>

/**
 * Puts the header fields of a request before the library's own middleware, in this process: an API tells its callers
 * the code of a refusal, and not which check it was.
 */
export function judgeHere(verifyToken: VerifyToken, { headers = {} }: ProbeRequest): Judgement {
  const request = { headersDistinct: distinct(headers) } as Request
  try {
    authenticate(verifyToken)(request, {} as Response, () => {})
    return { status: 200 }
  } catch (error) {
    if (!(error instanceof AuthError)) throw error
    const { status, code, check, reason } = error
    return { status, code, check, reason }
  }
}

/** As Node hands them over: names in lower case, no white space about a value (RFC 9110 §5.5). */
function distinct(headers: NonNullable<ProbeRequest['headers']>): Request['headersDistinct'] {
  const fields: Record<string, string[]> = {}
  for (const [name, value] of Object.entries(headers)) {
    const values = [value].flat().map((one) => one.replace(/^[ \t]+|[ \t]+$/g, ''))
    fields[name.toLowerCase()] = [...(fields[name.toLowerCase()] ?? []), ...values]
  }
  return fields
}
