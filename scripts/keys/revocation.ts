import { readFileSync } from 'node:fs'
import type { Applications } from '@signet/auth'
import { isExpected, RefusedError } from './errors.ts'
import { createFile, PUBLIC, replaceFile } from './files.ts'
import { exists, type Places, shown, statsOf } from './places.ts'
import { readApplicationsFile } from './registry.ts'

/**
 * The application registry as the commands use it: an application is also revoked if there is a marker file beside its
 * public key. That holds even if the registry could not be written, or was restored from a backup.
 */
export function readRegistry(places: Places): Applications {
  const applications = [...readApplicationsFile(places.applications)]
  return new Map(
    applications.map(([appId, application]) => {
      const revokedAt = application.revokedAt ?? markerTimeIfReadable(places, appId)
      return [appId, revokedAt ? { ...application, revokedAt } : application]
    }),
  )
}

/** When an application was revoked, by its marker file (RFC 3339); undefined if it has none. */
export function markerTime(places: Places, appId: string): string | undefined {
  const marker = places.revocation(appId)
  const stats = statsOf(marker)
  if (!stats) return undefined
  // An interrupted revocation leaves the marker empty.
  const text = readFileSync(marker, 'utf8').trim()
  return Number.isNaN(Date.parse(text)) ? stats.mtime.toISOString() : text
}

/** Makes the marker file: from then on no command publishes a key. Returns whether the file is new. */
export function createMarker(places: Places, appId: string): boolean {
  return createFile(places.revocation(appId), '', PUBLIC)
}

/** Writes the time into the marker file. */
export function writeMarkerTime(places: Places, appId: string, revokedAt: string): void {
  replaceFile(places.revocation(appId), `${revokedAt}\n`, PUBLIC)
}

/** Throws {@link RefusedError} if an application has a marker file. Everything that publishes a key calls this. */
export function refuseMarked(places: Places, { appId, name }: { appId: string; name: string }): void {
  if (exists(places.revocation(appId)))
    throw new RefusedError(
      `${name}: is revoked (${shown(places.revocation(appId))}). To complete the revocation: npm run keys -- revoke ${name}`,
    )
}

/**
 * A user who may not enter the folder of public keys sees only what the registry says. Commands that publish a key call
 * {@link refuseMarked}, and fail for that user.
 */
function markerTimeIfReadable(places: Places, appId: string): string | undefined {
  try {
    return markerTime(places, appId)
  } catch (error) {
    if (isExpected(error)) return undefined
    throw error
  }
}
