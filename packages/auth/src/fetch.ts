import { sendWithToken } from './send-with-token.ts'
import type { TokenSource } from './token-source.ts'

/**
 * Returns a `fetch` that adds the application's token in `x-token` to every request to the API (the origin
 * `tokens.audience`), and tries once more with a new token where that may help. It follows no redirect of the API: the
 * redirect is the answer. A request to another origin gets no token.
 *
 * `ca` is the certificate (PEM) of the authority that signed the API's certificate. It is trusted for the API only, and in
 * place of the usual ones. It needs the package `undici`, version 7: the `fetch` of Node.js 22, 24 and 26 accepts its agent.
 * @example const response = await createFetch(tokens, { ca })(`${tokens.audience}/reports`)
 */
export function createFetch(tokens: TokenSource, { ca }: FetchOptions = {}): typeof fetch {
  let agent: Promise<object> | undefined

  return async (input, init) => {
    const request = new Request(input, init)
    if (new URL(request.url).origin !== tokens.audience) return fetch(request)

    let unsent: Request | undefined = request
    return sendWithToken({
      tokens,
      body: init?.body ?? request.body,
      async send({ token }) {
        const next = unsent ?? new Request(input, init)
        unsent = undefined
        next.headers.set('x-token', token)
        if (ca !== undefined) agent ??= openAgent(ca)
        const options: RequestInit = { redirect: next.redirect === 'error' ? 'error' : 'manual' }
        // Not every definition of RequestInit has a dispatcher.
        Object.assign(options, { dispatcher: await agent })
        return fetch(next, options)
      },
      read: (response) => ({
        status: response.status,
        challenge: response.headers.get('www-authenticate'),
        date: response.headers.get('date'),
        body: () => response.clone().json(),
      }),
      discard: (response) => void response.body?.cancel().catch(() => {}),
    })
  }
}

export type FetchOptions = { ca?: string | readonly string[] }

/** `rejectUnauthorized` is set because NODE_TLS_REJECT_UNAUTHORIZED=0 changes its default, for which any server is good. */
async function openAgent(ca: string | readonly string[]): Promise<object> {
  const { Agent } = await import('undici')
  return new Agent({ connect: { ca: [ca].flat(), rejectUnauthorized: true } })
}
