import { hash } from 'node:crypto'
import type { PublicKey } from './key-file.ts'
import type { Token } from './token.ts'

/** Tokens remembered for one application, so that a flood of its tokens does not displace those of others. */
const PER_APPLICATION = 256
/** Milliseconds. A token is valid for five minutes, so an entry of this age is of no use. */
const IDLE = 10 * 60_000

export type Verified = Readonly<{ token: Token; key: PublicKey }>

/**
 * Remembers signatures that were verified once: RSA verification is the most expensive step, and its result never changes.
 * An entry holds the content of the token and the key that verified it. It is found by the digest of the whole token, never
 * by a part of it or by a claim. Refusals are not remembered. The caller must check that the key is still in the key ring.
 */
export function rememberSignatures({ now = Date.now }: { now?: () => number }) {
  const byDigest = new Map<string, Verified & { at: number }>()
  const byApplication = new Map<string, Set<string>>()

  function forget(digest: string, appId: string): void {
    byDigest.delete(digest)
    byApplication.get(appId)?.delete(digest)
  }

  /** A Map keeps the order of insertion, so the oldest entries come first. */
  function forgetIdle(): void {
    for (const [digest, { at, token }] of byDigest) {
      if (now() - at < IDLE) return
      forget(digest, token.claims.appId)
    }
  }

  return {
    recall: (digest: string): Verified | undefined => byDigest.get(digest),
    remember(digest: string, verified: Verified): void {
      const { appId } = verified.token.claims
      forgetIdle()
      forget(digest, appId)
      const digests = byApplication.get(appId) ?? new Set()
      const [oldest] = digests
      if (digests.size >= PER_APPLICATION) forget(oldest as string, appId)
      byApplication.set(appId, digests.add(digest))
      byDigest.set(digest, { ...verified, at: now() })
    },
    size: () => byDigest.size,
  }
}

export function digestOf(token: string): string {
  return hash('sha256', token, 'base64url')
}
