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
import { codeOf, RefusedError } from './errors.ts'
import { giveOwnership, type Ownership, ownershipFor } from './ownership.ts'
import { exists, shown, statsOf } from './places.ts'

/** Modes: a private file is for its owner, a public one for everybody who may enter its folder. */
export const PRIVATE = 0o600
export const PUBLIC = 0o644
export const FOLDER = 0o700

/**
 * Makes a file that is complete from its first moment. If two commands do so at once, one wins; returns whether it was this
 * one. A hard link, unlike a rename, never replaces an existing file. The file gets the owner and group of its folder.
 *
 * On a file system without hard links (FAT, some network mounts) the file is written in place. If the command is killed
 * meanwhile, the file is incomplete, which `check` finds.
 */
export function createFile(file: string, text: string, mode: number, { link = linkSync } = {}): boolean {
  if (exists(file)) return false
  return writeAside(file, text, ownershipFor(file, mode), (aside, ownership) => {
    try {
      link(aside, file)
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      if (!NO_LINKS.includes(codeOf(error))) throw error
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
    if (codeOf(error) === 'EEXIST') return false
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
 * Replaces a whole file and keeps its owner, group and mode. A reader sees the old text or the new one, never a part. A file
 * that did not exist gets `mode`, and the owner and group of its folder.
 */
export function replaceFile(file: string, text: string, mode: number): void {
  writeAside(file, text, ownershipFor(file, mode), (aside) => renameSync(aside, file))
}

/**
 * Changes a file that other commands may be changing at the same time. The new text is written to a file beside it, which is
 * also the lock, as in Git: the command creates it before it reads the old text, and renames it in the end. If `change` throws
 * or returns the same text, the file stays as it was. The file keeps its owner, group and mode.
 *
 * Throws {@link RefusedError} when another command holds the lock for more than `timeout` milliseconds. A lock that is
 * older than ten seconds, by the clock of its file system, is from a killed command and is removed: an update takes
 * milliseconds.
 */
export async function updateFile(
  file: string,
  change: (text: string) => string,
  { timeout = 5000 } = {},
): Promise<void> {
  const target = exists(file) ? realpathSync(file) : file
  const lock = `${target}.lock`
  const descriptor = await takeLock(lock, timeout)
  try {
    giveOwnership(descriptor, target, ownershipFor(target, PUBLIC))
    const text = exists(target) ? readText(target) : ''
    const changed = change(text)
    if (changed === text) return
    writeSynced(descriptor, changed)
    if (!holdsLock())
      throw new RefusedError(
        `${shown(target)}: another command took over its lock. The file was not changed. Try again.`,
      )
    renameSync(lock, target)
    syncFolder(dirname(target))
  } finally {
    if (holdsLock()) rmSync(lock, { force: true })
    closeSync(descriptor)
  }

  /** False after the rename, or when another command removed the lock because it looked like one of a killed command. */
  function holdsLock(): boolean {
    return isSame(statsOf(lock), fstatSync(descriptor))
  }
}

/** Milliseconds. */
const LOCK_LIFETIME = 10_000

async function takeLock(lock: string, timeout: number): Promise<number> {
  let difference: number | undefined
  for (const deadline = Date.now() + timeout; ; await setTimeout(20)) {
    try {
      return openSync(lock, 'wx')
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
    const existing = statsOf(lock)
    if (!existing) continue
    difference ??= clockDifference(dirname(lock))
    if (Math.abs(Date.now() + difference - existing.mtimeMs) > LOCK_LIFETIME) removeLock(lock, existing)
    else if (Date.now() > deadline)
      throw new RefusedError(`${lock}: another command is changing this file. Try again.`)
  }
}

/** If two commands find the same old lock, the second one must not remove the new lock of the first. */
function removeLock(lock: string, old: Stats): void {
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

/**
 * Throws if {@link replaceFile} could not write a file. A command that writes several files asks this first, so that it
 * does not stop after some of them.
 */
export function refuseUnwritable(...files: string[]): void {
  for (const file of files.map(inExistingFolder)) writeAside(file, '', ownershipFor(file, PRIVATE), () => {})
}

/** The file if its folder exists, otherwise the topmost folder that has to be made for it. */
function inExistingFolder(file: string): string {
  return exists(dirname(file)) ? file : inExistingFolder(dirname(file))
}

/**
 * Milliseconds by which the clock that sets the times of the files in a folder is ahead of the clock of this process; 0 if
 * the difference is small or unknown.
 */
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
 * Removes what interrupted writes left under a folder, and returns the paths. Only files older than a minute, by the clock
 * of their file system, are removed: another command may still be writing a younger one.
 */
export function removeLeftovers(folder: string, now = Date.now() + clockDifference(folder)): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(isLeftover)
    .map((file) => join(folder, file))
    .filter((file) => now - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? now) > 60_000)
  for (const file of files) rmSync(file, { force: true })
  return files
}

/** Whether a path is that of a file which an interrupted write left behind. No program reads such files. */
export function isLeftover(path: string): boolean {
  return /^\..+\.[0-9a-f]{16}\.new$/.test(basename(path))
}

/** The file is written beside the other one, since a rename is atomic only within one file system. */
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

/** Writes and syncs text, so that it survives a power failure after the file gets its final name. */
function writeSynced(descriptor: number, text: string): void {
  writeFileSync(descriptor, text)
  fsyncSync(descriptor)
}

/** Makes the new name of a file survive a power failure, too. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
