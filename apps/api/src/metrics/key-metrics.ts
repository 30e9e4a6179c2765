import type { Caller, KeyRing, VerifyToken } from '@signet/auth'
import { Gauge, Histogram, type Registry } from 'prom-client'

export type KeyMetrics = {
  /** The verifier, timed, with the last use of each key noted. */
  observe(verifyToken: VerifyToken, keyRing: KeyRing): VerifyToken
}

/** How long verifications take, how many signatures were remembered, and how old each key in use is. */
export function measureKeys({ registry, now = Date.now }: KeyMetricsOptions): KeyMetrics {
  const registers = [registry]
  const lastUses = new Map<string, { caller: Caller; keyRing: KeyRing; seconds: number }>()
  const verifications = new Histogram({
    name: 'signet_verification_seconds',
    help: 'Time to verify a token; remembered: its signature was not computed again',
    labelNames: ['outcome'],
    buckets: [1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 1e-3, 1e-2],
    registers,
  })
  const labelNames = ['application', 'key_id']
  new Gauge({
    name: 'signet_key_last_used_timestamp_seconds',
    help: 'When a key last verified a request',
    labelNames,
    registers,
    collect() {
      for (const { caller, seconds } of lastUses.values()) this.set(labelsOf(caller), seconds)
    },
  })
  new Gauge({
    name: 'signet_key_created_timestamp_seconds',
    help: 'When a key in use was made',
    labelNames,
    registers,
    collect() {
      this.reset()
      for (const { caller, keyRing } of lastUses.values()) {
        const created = createdOf(caller, keyRing)
        if (created) this.set(labelsOf(caller), created)
      }
    },
  })

  return {
    observe: (verifyToken, keyRing) => (token) => {
      const end = verifications.startTimer()
      let outcome = 'refused'
      try {
        const verified = verifyToken(token)
        outcome = verified.remembered ? 'remembered' : 'verified'
        lastUses.set(verified.caller.keyId, { caller: verified.caller, keyRing, seconds: now() / 1000 })
        return verified
      } finally {
        end({ outcome })
      }
    },
  }
}

type KeyMetricsOptions = { registry: Registry; now?: () => number }

function labelsOf({ name, keyId }: Caller) {
  return { application: name, key_id: keyId }
}

/** Seconds since 1970; undefined for a key that has left the ring, or says nothing of its age. */
function createdOf({ appId, keyId }: Caller, keyRing: KeyRing): number | undefined {
  try {
    const created = keyRing.keysOf(appId).find((key) => key.keyId === keyId)?.created
    return created ? Date.parse(created) / 1000 : undefined
  } catch {
    return undefined
  }
}
