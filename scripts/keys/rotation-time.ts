import { dirname } from 'node:path'
import { type Application, LEEWAY, MAXIMUM_LIFETIME, type PublicKey } from '@signet/auth'
import { statsOf } from './file-state.ts'
import type { Places } from './places.ts'
import { clockDifference } from './write-file.ts'

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
  const replaced = writtenAt(places.privateKey(application))
  return Math.max(
    Number.isNaN(published) ? writtenAt(places.publicKey(application.appId)) : published,
    replaced,
  )
}

/** By our clock, which is not always that of a network file system; 0 if there is no file. */
function writtenAt(file: string): number {
  const stats = statsOf(file)
  return stats ? stats.mtimeMs - clockDifference(dirname(file)) : 0
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
