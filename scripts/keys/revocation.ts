import { readFileSync } from 'node:fs'
import type { Applications } from '@signet/auth'
import { isExpected, RefusedError } from './errors.ts'
import { createFile, PUBLIC, replaceFile } from './files.ts'
import { isThere, type Places, shown, statsOf } from './places.ts'
import { readApplicationsFile } from './registry.ts'

/**
 * The application registry as commands obey it: an application with a marker file beside its public key is revoked, even
 * where the registry could not be written, or was put back from a backup.
 */
export function readRegistry(places: Places): Applications {
  const applications = [...readApplicationsFile(places.applications)]
  return new Map(
    applications.map(([appId, application]) => {
      const revokedAt = application.revokedAt ?? readable(() => revokedOnDisk(places, appId))
      return [appId, revokedAt ? { ...application, revokedAt } : application]
    }),
  )
}

/** When an application was revoked, by its marker file (RFC 3339); undefined without one. */
export function revokedOnDisk(places: Places, appId: string): string | undefined {
  const marker = places.revocation(appId)
  const stats = statsOf(marker)
  if (!stats) return undefined
  // A revocation that was cut short leaves it empty.
  const text = readFileSync(marker, 'utf8').trim()
  return Number.isNaN(Date.parse(text)) ? stats.mtime.toISOString() : text
}

/** Makes the marker file: from now on no command publishes a key. Answers whether it is new. */
export function markOnDisk(places: Places, appId: string): boolean {
  return createFile(places.revocation(appId), '', PUBLIC)
}

/** Writes the time into the marker file. */
export function timeMark(places: Places, appId: string, revokedAt: string): void {
  replaceFile(places.revocation(appId), `${revokedAt}\n`, PUBLIC)
}

/** Throws {@link RefusedError} when an application is revoked by its marker file. Whatever publishes a key asks this. */
export function refuseRevokedOnDisk(places: Places, { appId, name }: { appId: string; name: string }): void {
  if (isThere(places.revocation(appId)))
    throw new RefusedError(
      `${name}: is revoked (${shown(places.revocation(appId))}). To finish that: npm run keys -- revoke ${name}`,
    )
}

/** Who may not look into the folder of keys sees the registry alone. Commands that publish look again, and fail. */
function readable(read: () => string | undefined): string | undefined {
  try {
    return read()
  } catch (error) {
    if (isExpected(error)) return undefined
    throw error
  }
}
