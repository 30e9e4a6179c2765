import { hash } from 'node:crypto'
import type { PublicKey } from './key-file.ts'
import type { Token } from './token.ts'

/** Tokens remembered for one application, so that its flood pushes out nobody else's. */
const PER_APPLICATION = 256
/** Milliseconds. A token lives five minutes, so nothing that is still of use is this old. */
const IDLE = 10 * 60_000

export type Verified = Readonly<{ token: Token; key: PublicKey }>

/**
 * Signatures that were verified once: RSA is the dear part, and it never changes its mind. Remembered is what the
 * token says and the very key that verified it, by the digest of the whole token (never a part of it, never a claim),
 * and never a refusal. It proves nothing else: whoever recalls it must check that the key still stands.
 */
export function rememberSignatures({ now = Date.now }: { now?: () => number }) {
  const byDigest = new Map<string, Verified & { at: number }>()
  const byApplication = new Map<string, Set<string>>()

  function forget(digest: string, appId: string): void {
    byDigest.delete(digest)
    byApplication.get(appId)?.delete(digest)
  }

  /** A Map keeps the order of insertion, so the oldest stand in front. */
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
