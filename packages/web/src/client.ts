import { Agent } from 'node:https'
import type { Notice, TokenSource } from '@signet/auth'
import { attachTokens } from '@signet/auth/axios'
import type { Log } from '@signet/service'
import axios from 'axios'
import { z } from 'zod'
import { type Call, call } from './call.ts'
import type { PageContext } from './context.ts'

/**
 * `ca`: the PEM text of the CA that signed the API's certificate. `tokens` name the API's origin as their audience.
 * `timeout`: milliseconds for a whole call, 5000 by default.
 */
export type ClientOptions = { ca: string; tokens: TokenSource; timeout?: number }

/**
 * Opens the client with which an application calls the API for its pages. Each call carries a token that the application
 * signed itself: there is no login and no shared secret. `close` ends the open connections.
 */
export function openClient({ ca, tokens, timeout = 5000 }: ClientOptions) {
  // `rejectUnauthorized` is set because NODE_TLS_REJECT_UNAUTHORIZED=0 changes its default. Any server would get the token.
  const httpsAgent = new Agent({ ca, rejectUnauthorized: true, keepAlive: true, maxSockets: 50 })
  // A repeated parameter is `id=a&id=b`, without brackets.
  const paramsSerializer = { indexes: null }
  const client = axios.create({ baseURL: tokens.audience, httpsAgent, timeout, paramsSerializer })
  attachTokens(client, tokens)

  return {
    call: <T>(context: PageContext, wanted: Call<T>) => call(client, context, wanted),
    close: () => httpsAgent.destroy(),
  }
}

/** A user, as the API sends it. */
export const user = z.object({ id: z.string(), name: z.string(), email: z.string() })

export type User = z.infer<typeof user>

/** Writes the notices of a token source to the log. */
export function logNotices(log: Log): (notice: Notice) => void {
  return (notice) => {
    if (notice.kind === 'key_unusable')
      return log.error(
        { err: notice.fault },
        'the private key cannot be used; the last valid key stays in use',
      )
    const { milliseconds, corrected } = notice
    const outcome = corrected
      ? 'is corrected'
      : 'is not corrected: it is too large, or other answers contradict it'
    log.warn({ milliseconds, corrected }, `the clock of the API differs, and the difference ${outcome}`)
  }
}
