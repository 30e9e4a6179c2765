import type { Issued, TokenSource } from './token-source.ts'

/** How one HTTP client sends a request to the API, and how its answer is read. */
export type Exchange<Answer> = {
  tokens: TokenSource
  /** The body of the request: whether it can be sent twice. */
  body: unknown
  send(next: { token: string; issued: Issued }, renewed: boolean): Promise<Answer>
  /** Undefined if there was no answer. `body` gives the JSON of the answer; it may fail. */
  read(answer: Answer): AnswerHead | undefined
  /** Frees the connection of an answer that is not read. */
  discard(answer: Answer): void
}

type AnswerHead = { status: number; challenge: unknown; date: unknown; body(): Promise<unknown> }

/**
 * Sends a request with the application's token, and once more with a new token where that may help. The clients for axios
 * and fetch share this. The caller has checked that the request goes to the origin of `tokens.audience`.
 */
export async function sendWithToken<Answer>(exchange: Exchange<Answer>): Promise<Answer> {
  const { tokens, body, send, discard } = exchange
  const first = tokens.issue()
  const answer = await send(first, false)
  if (!(await mayRenew(exchange, answer, first.issued)) || !isRepeatable(body)) return answer
  discard(answer)
  const second = tokens.issue()
  const lastAnswer = await send(second, true)
  await mayRenew(exchange, lastAnswer, second.issued)
  return lastAnswer
}

/** Tells the token source what each answer says about its token. A rate limit may hide a refusal (429 in place of 401). */
async function mayRenew<Answer>({ tokens, read }: Exchange<Answer>, answer: Answer, issued: Issued) {
  const head = read(answer)
  if (!head) return false
  if (head.status < 400) tokens.accepted()
  if (head.status !== 401 && head.status !== 429) return false
  return tokens.renew(issued, { code: await codeOf(head), date: head.date })
}

/** The code of a refusal is in its challenge (RFC 6750 §3). Other servers have it in the body only. */
async function codeOf({ challenge, body }: AnswerHead): Promise<unknown> {
  const code = /error_description="(\w+)"/.exec(String(challenge))?.[1]
  if (code) return code
  const said = await body().catch(() => undefined)
  return (said as { code?: unknown } | undefined)?.code
}

/** A stream was read in the first try. So may be a body of an unknown type. */
function isRepeatable(body: unknown): boolean {
  return body == null || typeof body === 'string' || REPEATABLE.some((type) => body instanceof type)
}

const REPEATABLE = [ArrayBuffer, Uint8Array, Blob, FormData, URLSearchParams]
