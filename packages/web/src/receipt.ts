import type { Issued } from '@signet/auth'
import type { AxiosResponse } from 'axios'

/** What can be shown of one call to the API: never the token, never its signature. */
export type Receipt = {
  /** Method and path, e.g. `GET /users`. */
  call: string
  /** The token's header and claims; absent when the call failed before a token was made. */
  signed?: Pick<Issued, 'header' | 'claims' | 'reused'>
  /** Absent when the API did not answer. */
  answer?: { status: number; caller?: string; requestId?: string; rateLimitLeft?: number }
  /** Milliseconds: to sign or find the token, on the way there and back, and of that inside the API. */
  took: { token?: number; roundTrip: number; api?: number }
}

/** What is known when a call has ended, well or badly. `milliseconds`: from first to last, the signing included. */
export type EndedCall = {
  call: string
  milliseconds: number
  issued?: Issued | undefined
  response?: Pick<AxiosResponse, 'status' | 'headers'> | undefined
}

/** The receipt of a call that has ended. */
export function receiptOf({ call, milliseconds, issued, response }: EndedCall): Receipt {
  const token = issued?.milliseconds
  const api = response && durationInApi(header(response, 'server-timing'))
  return {
    call,
    ...(issued && { signed: { header: issued.header, claims: issued.claims, reused: issued.reused } }),
    ...(response && { answer: answerOf(response) }),
    took: {
      ...(token !== undefined && { token }),
      roundTrip: milliseconds - (token ?? 0),
      ...(api !== undefined && { api }),
    },
  }
}

function answerOf(response: NonNullable<EndedCall['response']>): NonNullable<Receipt['answer']> {
  const caller = header(response, 'x-caller')
  const requestId = header(response, 'x-request-id')
  const rateLimitLeft = remaining(header(response, 'ratelimit'))
  return {
    status: response.status,
    ...(caller !== undefined && { caller }),
    ...(requestId !== undefined && { requestId }),
    ...(rateLimitLeft !== undefined && { rateLimitLeft }),
  }
}

function header(response: NonNullable<EndedCall['response']>, name: string): string | undefined {
  const value: unknown = response.headers[name]
  return typeof value === 'string' ? value : undefined
}

// draft-ietf-httpapi-ratelimit-headers §4: `RateLimit: "default";r=50;t=30`, where r is what is left.
function remaining(value: string | undefined): number | undefined {
  const found = value?.match(/;\s*r=(\d+)/)?.[1]
  return found === undefined ? undefined : Number(found)
}

// W3C Server Timing §2: `Server-Timing: api;dur=1.2`, in milliseconds.
function durationInApi(value: string | undefined): number | undefined {
  const found = value?.match(/(?:^|,)\s*api;dur=(\d+(?:\.\d+)?)/)?.[1]
  return found === undefined ? undefined : Number(found)
}
