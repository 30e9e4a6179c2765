import type { ProbeRequest } from '@signet/attacks'
import { AuthError, type Check, type VerifyToken } from '@signet/auth'
import { authenticate } from '@signet/auth/express'
import type { Request, Response } from 'express'

/** The answer of the library. `check` refused the request; undefined if it was accepted. `reason` is what an API logs. */
export type Judgement = Readonly<{ status: number; code?: string; check?: Check; reason?: string }>

/**
 * Passes the header fields of a request to the middleware of the library, in this process. The lab needs this because an API
 * tells its callers the code of a refusal, but not the check.
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

/** The fields as Node delivers them: names in lower case, values without surrounding white space (RFC 9110 §5.5). */
function distinct(headers: NonNullable<ProbeRequest['headers']>): Request['headersDistinct'] {
  const fields: Record<string, string[]> = {}
  for (const [name, value] of Object.entries(headers)) {
    const values = [value].flat().map((one) => one.replace(/^[ \t]+|[ \t]+$/g, ''))
    fields[name.toLowerCase()] = [...(fields[name.toLowerCase()] ?? []), ...values]
  }
  return fields
}
