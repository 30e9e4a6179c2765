import { type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { RefusedError } from './errors.ts'
import { shown } from './places.ts'

/** Whether something is at a path. Throws {@link RefusedError} when that cannot be known: unreadable is not missing. */
export function isThere(path: string): boolean {
  return statsOf(path) !== undefined
}

/** What is at a path; undefined if nothing. Throws {@link RefusedError} when that cannot be known. */
export function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const fix = code === 'EACCES' ? ` Run this as ${ownerOfClosed(path)}, or as root.` : ''
    throw new RefusedError(`${shown(path)}: cannot be looked at, so it may be there (${code}).${fix}`, {
      cause: error,
    })
  }
}

/** The nearest folder above that can be looked at is the one that may not be entered. */
function ownerOfClosed(path: string): string {
  try {
    const { uid } = statSync(dirname(path))
    return `uid ${uid}, the owner of ${shown(dirname(path))}`
  } catch {
    return ownerOfClosed(dirname(path))
  }
}
