import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { encodingFault } from '@signet/auth'
import { RefusedError } from './errors.ts'
import { giveOwnership, type Ownership, ownershipFor } from './ownership.ts'
import { isThere, shown, statsOf } from './places.ts'

/** Modes: private files are for their owner, public ones for everybody whom the folder lets in. */
export const PRIVATE = 0o600
export const PUBLIC = 0o644
export const FOLDER = 0o700

/**
 * Makes a file that is whole from its first moment. Of two that try at once, one wins; answers whether it was this one.
 * A link, unlike a rename, never replaces what is there. It gets the owner and group of its folder.
 *
 * A file system without hard links (FAT, some network mounts) gets the file in place: one that is killed meanwhile
 * leaves it cut short, which `check` finds.
 */
export function createFile(file: string, text: string, mode: number, { link = linkSync } = {}): boolean {
  if (isThere(file)) return false
  return writeAside(file, text, ownershipFor(file, mode), (aside, ownership) => {
    try {
      link(aside, file)
      return true
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException
      if (code === 'EEXIST') return false
      if (!NO_LINKS.includes(code)) throw error
      return createInPlace(file, text, ownership)
    }
  })
}

const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']

function createInPlace(file: string, text: string, ownership: Ownership): boolean {
  let descriptor: number
  try {
    descriptor = openSync(file, 'wx', PRIVATE)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
  try {
    giveOwnership(descriptor, file, ownership)
    writeSynced(descriptor, text)
    return true
  } catch (error) {
    rmSync(file, { force: true })
    throw error
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Puts a whole file in the place of another, whose owner, group and mode it keeps. A reader sees the old one or the new
 * one. Where there is none it gets `mode`, and the owner and group of its folder.
 */
export function replaceFile(file: string, text: string, mode: number): void {
  writeAside(file, text, ownershipFor(file, mode), (aside) => renameSync(aside, file))
}

/**
 * Throws when a file could not be written as {@link replaceFile} does it: a command that writes several files asks first,
 * so that it does not stop half way.
 */
export function refuseUnwritable(...files: string[]): void {
  for (const file of files.map(inStandingFolder)) writeAside(file, '', ownershipFor(file, PRIVATE), () => {})
}

/** The file, or the first folder on the way to it that has to be made. */
function inStandingFolder(file: string): string {
  return isThere(dirname(file)) ? file : inStandingFolder(dirname(file))
}

/** Milliseconds by which the clock that stamps the files in a folder is ahead of ours; 0 if it is ours, or unknown. */
export function clockDifference(folder: string): number {
  const probe = asideOf(join(folder, 'clock'))
  try {
    closeSync(openSync(probe, 'wx', PRIVATE))
    const difference = statSync(probe).mtimeMs - Date.now()
    // Some file systems keep times in steps of two seconds.
    return Math.abs(difference) < 3000 ? 0 : difference
  } catch {
    return 0
  } finally {
    rmSync(probe, { force: true })
  }
}

/**
 * Removes what writes that were cut short left under a folder, and answers the files. They are older than a minute by
 * the clock that stamped them: a younger one may be another command's at work.
 */
export function removeLeftovers(folder: string, now = Date.now() + clockDifference(folder)): string[] {
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
function writeSynced(descriptor: number, text: string): void {
  writeFileSync(descriptor, text)
  fsyncSync(descriptor)
}

/** Makes the new name of a file as lasting as its text. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Beside the file, since a rename is atomic only within one file system. */
function writeAside<T>(
  file: string,
  text: string,
  ownership: Ownership,
  place: (aside: string, ownership: Ownership) => T,
): T {
  const aside = asideOf(file)
  const descriptor = openSync(aside, 'wx', PRIVATE)
  try {
    giveOwnership(descriptor, file, ownership)
    writeSynced(descriptor, text)
    const placed = place(aside, ownership)
    syncFolder(dirname(file))
    return placed
  } finally {
    closeSync(descriptor)
    rmSync(aside, { force: true })
  }
}

function asideOf(file: string): string {
  return join(dirname(file), `.${basename(file)}.${randomBytes(8).toString('hex')}.new`)
}

/**
 * Changes a file that others may be changing. As Git does it, the file written aside is the lock: it is made before the
 * old text is read, and renamed into place. A change that throws, or gives the same text, leaves the file as it was.
 * The file keeps its owner, group and mode.
 *
 * Throws {@link RefusedError} when another command holds the lock for more than `patience` milliseconds. A lock that
 * a killed command left behind is taken away once it is ten seconds old by the clock of its file system: an update
 * takes milliseconds.
 */
export async function updateFile(
  file: string,
  change: (text: string) => string,
  { patience = 5000 } = {},
): Promise<void> {
  const target = isThere(file) ? realpathSync(file) : file
  const lock = `${target}.lock`
  const descriptor = await takeLock(lock, patience)
  try {
    giveOwnership(descriptor, target, ownershipFor(target, PUBLIC))
    const text = isThere(target) ? readText(target) : ''
    const changed = change(text)
    if (changed === text) return
    writeSynced(descriptor, changed)
    if (!isOurs())
      throw new RefusedError(
        `${shown(target)}: another command took over its lock. It was not changed. Try again.`,
      )
    renameSync(lock, target)
    syncFolder(dirname(target))
  } finally {
    if (isOurs()) rmSync(lock, { force: true })
    closeSync(descriptor)
  }

  /** Not any more when it was renamed, or when another command took it for one that was left behind. */
  function isOurs(): boolean {
    return isSame(statsOf(lock), fstatSync(descriptor))
  }
}

const STALE = 10_000

async function takeLock(lock: string, patience: number): Promise<number> {
  let difference: number | undefined
  for (const deadline = Date.now() + patience; ; await setTimeout(20)) {
    try {
      return openSync(lock, 'wx')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const standing = statsOf(lock)
    if (!standing) continue
    difference ??= clockDifference(dirname(lock))
    if (Math.abs(Date.now() + difference - standing.mtimeMs) > STALE) takeAway(lock, standing)
    else if (Date.now() > deadline)
      throw new RefusedError(`${lock}: another command is changing this file. Try again.`)
  }
}

/** Of two commands that find the same old lock, the second must not take away the new lock of the first. */
function takeAway(lock: string, old: Stats): void {
  if (isSame(statsOf(lock), old)) rmSync(lock, { force: true })
}

function isSame(one: Stats | undefined, other: Stats): boolean {
  return one !== undefined && one.dev === other.dev && one.ino === other.ino
}

/** Bytes that are not UTF-8 would be lost when the text is written back. */
function readText(file: string): string {
  const bytes = readFileSync(file)
  const fault = encodingFault(bytes)
  if (fault) throw new RefusedError(`${shown(file)}: ${fault.message}`)
  return bytes.toString()
}
