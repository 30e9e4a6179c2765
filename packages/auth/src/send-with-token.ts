import type { Issued, TokenSource } from './token-source.ts'

/** How one HTTP client sends a request to the API, and how its answer is read. */
export type Exchange<Answer> = {
  tokens: TokenSource
  /** The body of the request: whether it can be sent twice. */
  body: unknown
  send(next: { token: string; issued: Issued }, renewed: boolean): Promise<Answer>
  /** Undefined if there was no answer. `body` gives the JSON of the answer; it may fail. */
  read(answer: Answer): AnswerHead | undefined
  /** Frees the connection of an answer that nobody reads. */
  discard(answer: Answer): void
}

type AnswerHead = { status: number; challenge: unknown; date: unknown; body(): Promise<unknown> }

/**
 * Sends a request with the application's token, and once more with a new token where that may help. The clients for axios
 * and fetch share this. The caller has checked that the request goes to the origin of `tokens.audience`.
 */
export async function sendWithToken<Answer>(exchange: Exchange<Answer>): Promise<Answer> {
  const { tokens, body, send, read, discard } = exchange
  const first = tokens.issue()
  const answer = await send(first, false)
  const head = read(answer)
  if (head?.status !== 401) return answer
  if (!tokens.renew(first.issued, { code: await codeOf(head), date: head.date })) return answer
  if (!isRepeatable(body)) return answer
  discard(answer)
  return send(tokens.issue(), true)
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
