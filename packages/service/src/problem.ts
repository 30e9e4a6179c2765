import { PROBLEMS, type ProblemCode } from './problem-codes.ts'

/**
 * A refusal that is meant for the caller: `code`, `headers`, `extras` and the message (`detail`) are sent, `reason`
 * is for the log only.
 */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly reason: string | undefined
  readonly extras: Readonly<ProblemExtras>

  constructor(code: ProblemCode, { detail, headers = {}, reason, ...extras }: ProblemOptions = {}) {
    const { status, title } = PROBLEMS[code]
    super(detail ?? `${title}.`)
    this.name = 'Problem'
    this.code = code
    this.status = status
    this.headers = headers
    this.reason = reason
    this.extras = extras
  }
}

export type ProblemOptions = ProblemExtras & {
  detail?: string | undefined
  headers?: Record<string, string>
  reason?: string | undefined
}

/** Members beyond those of RFC 9457 (§3.2). */
export type ProblemExtras = {
  /** What is wrong with the input, field by field. */
  errors?: readonly { path: string; message: string }[]
  /** Which checks say that the service is not ready. */
  checks?: readonly string[]
}
