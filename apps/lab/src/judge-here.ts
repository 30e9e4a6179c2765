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
  const request = { rawHeaders: rawHeaders(headers) } as Request
  try {
    authenticate(verifyToken)(request, {} as Response, () => {})
    return { status: 200 }
  } catch (error) {
    if (!(error instanceof AuthError)) throw error
    const { status, code, check, reason } = error
    return { status, code, check, reason }
  }
}

/** The fields as Node.js delivers them: names and values in turn, values without surrounding white space (RFC 9110 §5.5). */
function rawHeaders(headers: NonNullable<ProbeRequest['headers']>): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().flatMap((one) => [name, one.replace(/^[ \t]+|[ \t]+$/g, '')]),
  )
}
