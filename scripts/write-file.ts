import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Modes: private files are for their owner, public ones for everybody whom the folder lets in. */
export const PRIVATE = 0o600
export const PUBLIC = 0o644
export const FOLDER = 0o700

/**
 * Makes a file that is whole from its first moment. Of two that try at once, one wins; answers whether it was this one.
 * A link, unlike a rename, never replaces what stands there.
 */
export function createFile(file: string, text: string, mode: number): boolean {
  return writeAside(file, text, mode, (aside) => {
    try {
      linkSync(aside, file)
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
      throw error
    }
  })
}

/** Puts a whole file in the place of another, if any. A reader sees the old one or the new one. */
export function replaceFile(file: string, text: string, mode: number): void {
  writeAside(file, text, mode, (aside) => renameSync(aside, file))
}

/**
 * Removes what writes that were cut short left under a folder, and answers the files. They are older than a minute at
 * `now` (milliseconds): a younger one may be another command's at work.
 */
export function removeLeftovers(folder: string, now: number): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(isLeftover)
    .map((file) => join(folder, file))
    .filter((file) => now - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? now) > 60_000)
  for (const file of files) rmSync(file, { force: true })
  return files
}

/** Whether a path is what a write that was cut short leaves beside its file. Nothing reads such files. */
export function isLeftover(path: string): boolean {
  return /^\..+\.[0-9a-f]{16}\.new$/.test(basename(path))
}

/** Writes and syncs text, so that what takes its place later survives a power cut. */
export function writeSynced(descriptor: number, text: string, mode: number): void {
  writeFileSync(descriptor, text)
  // The mode of `open` is cut by the umask.
  fchmodSync(descriptor, mode)
  fsyncSync(descriptor)
}

/** Makes the new name of a file as lasting as its text. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Beside the file, since a rename is atomic only within one file system. */
function writeAside<T>(file: string, text: string, mode: number, place: (aside: string) => T): T {
  const aside = join(dirname(file), `.${basename(file)}.${randomBytes(8).toString('hex')}.new`)
  const descriptor = openSync(aside, 'wx', mode)
  try {
    writeSynced(descriptor, text, mode)
    const placed = place(aside)
    syncFolder(dirname(file))
    return placed
  } finally {
    closeSync(descriptor)
    rmSync(aside, { force: true })
  }
}
