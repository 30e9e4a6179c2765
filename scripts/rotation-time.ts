import { statSync } from 'node:fs'
import { type Application, LEEWAY, MAXIMUM_LIFETIME, type PublicKey } from '@signet/auth'
import type { Places } from './places.ts'

/**
 * Milliseconds since 1970. The private key, where it is here, was replaced some time after the public one was made
 * known. A public key without a time was put there by hand, and says nothing: its file's time must do.
 */
export function timeOfRotation(
  places: Places,
  application: Application,
  { created = '' }: PublicKey,
): number {
  const published = Date.parse(created)
  const replaced = statSync(places.privateKey(application), { throwIfNoEntry: false })?.mtimeMs ?? 0
  return Math.max(
    Number.isNaN(published) ? statSync(places.publicKey(application.appId)).mtimeMs : published,
    replaced,
  )
}

/** Whole seconds until no token can be alive that was signed before `time` (milliseconds since 1970); 0 when none can. */
export function secondsLeft(time: number, { now, wait = MAXIMUM_LIFETIME + LEEWAY }: Wait): number {
  return Math.max(0, Math.ceil(wait - (now - time) / 1000))
}

type Wait = {
  now: number
  /** Seconds that a token may live, and the leeway. */
  wait?: number
}
