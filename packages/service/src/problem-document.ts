import { PROBLEMS, type ProblemCode } from './problem-codes.ts'

export const PROBLEM_TYPE = 'application/problem+json'

/** The JSON object of RFC 9457 that tells a caller of a problem, with our `code` and `requestId`. */
export function problemDocument({ code, detail, requestId, ...extras }: Told): Record<string, unknown> {
  const { status, title } = PROBLEMS[code]
  return { type: `${DOCS}#${code}`, title, status, detail, code, requestId, ...extras }
}

// The pages have no public host, so `type` is a relative reference, with its full path as RFC 9457 §3.1.1 asks: it
// names the heading in this repository, and the same one from every route.
const DOCS = '/docs/errors.md'

type Told = { code: ProblemCode; detail: string; requestId: string; [extra: string]: unknown }
