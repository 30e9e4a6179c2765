import { Problem } from './problem.ts'
import { PROBLEMS, type ProblemCode } from './problem-codes.ts'

/** What a refusal looks like, whichever class it is: a Problem, or an AuthError of `@signet/auth`. */
export type Refusal = {
  code: ProblemCode
  status: number
  message: string
  headers: Readonly<Record<string, string>>
  reason?: string | undefined
  permission?: string | undefined
  extras?: Readonly<Record<string, unknown>>
}

/**
 * The refusal that an error means. What Express and its body parsers throw about a request becomes the code that the
 * caller should see, in our words, as theirs quote the input; everything else is `internal_error` and says nothing.
 */
export function problemFrom(error: unknown): Refusal {
  if (isRefusal(error)) return error
  if (isRequestFault(error)) {
    const { status, type, name } = error
    const fault = type ?? name
    return new Problem(CODES[status] ?? 'invalid_request', { detail: DETAILS[fault], reason: fault })
  }
  return new Problem('internal_error', { detail: 'The fault is ours. The request ID finds it in our log.' })
}

function isRefusal(error: unknown): error is Refusal {
  const { code, status, headers } = Object(error) as Partial<Refusal>
  return Object.hasOwn(PROBLEMS, String(code)) && typeof status === 'number' && typeof headers === 'object'
}

/** `expose` marks an error of `http-errors`. A status alone says nothing: an AxiosError carries another service's. */
function isRequestFault(error: unknown): error is RequestFault {
  if (!(error instanceof Error)) return false
  const { status, expose } = error as Partial<RequestFault>
  return (
    (typeof expose === 'boolean' && Number(status) < 500) || (error instanceof URIError && status === 400)
  )
}

type RequestFault = Error & { status: number; expose?: boolean; type?: string }

const CODES: Partial<Record<number, ProblemCode>> = {
  404: 'not_found',
  413: 'body_too_large',
  415: 'unsupported_media_type',
}

/** By the `type` of body-parser's errors, or else by the error's name. */
const DETAILS: Partial<Record<string, string>> = {
  'charset.unsupported': 'Send the body as UTF-8.',
  'encoding.unsupported': 'Send the body without Content-Encoding.',
  'entity.parse.failed': 'The body is not valid JSON.',
  'parameters.too.many': 'The form has too many fields.',
  'querystring.parse.rangeError': 'The form is nested too deeply.',
  'request.aborted': 'The body ended too early.',
  'request.size.invalid': 'The body is not as long as its Content-Length says.',
  URIError: 'The path holds a percent sign that starts no valid UTF-8 character.',
}
