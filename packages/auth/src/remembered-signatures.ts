import type { Application, Caller } from './applications.ts'
import { LEEWAY } from './claims.ts'
import type { PublicKey } from './key-file.ts'
import type { Token } from './token.ts'

/** Tokens remembered for one application, so that a flood of its tokens does not displace those of others. */
const PER_APPLICATION = 256

/** A token, the key that verified it, and the caller that it meant for this entry of the application registry. */
export type Verified = Readonly<{ token: Token; key: PublicKey; application: Application; caller: Caller }>

/**
 * Remembers signatures that were verified once: RSA verification is the most expensive step, and its result never changes.
 * An entry is found by the whole token, never by a part of it or by a claim. Refusals are not remembered. The caller must
 * check that the key is still in the key ring. `now` in seconds.
 */
export function rememberSignatures() {
  const byToken = new Map<string, Verified>()
  const byApplication = new Map<string, Set<string>>()

  function forget(token: string, appId: string): void {
    byToken.delete(token)
    byApplication.get(appId)?.delete(token)
  }

  /** A Map keeps the order of insertion, so the oldest entries come first. */
  function forgetExpired(now: number): void {
    for (const [text, { token }] of byToken) {
      if (now < token.claims.exp + LEEWAY) return
      forget(text, token.claims.appId)
    }
  }

  return {
    recall: (token: string): Verified | undefined => byToken.get(token),
    remember(token: string, verified: Verified, now: number): void {
      const { appId } = verified.token.claims
      forgetExpired(now)
      forget(token, appId)
      const tokens = byApplication.get(appId) ?? new Set()
      const [oldest] = tokens
      if (tokens.size >= PER_APPLICATION) forget(oldest as string, appId)
      byApplication.set(appId, tokens.add(token))
      byToken.set(token, verified)
    },
    size: () => byToken.size,
  }
}
