import {
  chownSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  mkdirSync,
  rmdirSync,
  type Stats,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { codeOf, RefusedError } from './errors.ts'
import { shown, statsOf } from './places.ts'

export type Ownership = { uid: number; gid: number; mode: number }

/**
 * The owner, group and mode that a written file gets: those of the file it replaces. A new file gets the owner and group of
 * its folder, and `mode`.
 */
export function ownershipFor(file: string, mode: number): Ownership {
  const existing = statsOf(file)
  if (existing) return { uid: existing.uid, gid: existing.gid, mode: existing.mode & 0o777 }
  const folder = statSync(dirname(file))
  // In a folder for all users, such as /tmp, a file belongs to the user who makes it.
  return isShared(folder) ? { ...currentUser(folder), mode } : { uid: folder.uid, gid: folder.gid, mode }
}

/**
 * Gives a file that was just made its owner, group and mode. A private key of another owner would lock its service out.
 * Throws {@link RefusedError} when this process is not allowed to do so. The file does not have its final name yet, so
 * nothing has changed by then.
 */
export function giveOwnership(
  descriptor: number,
  file: string,
  { uid, gid, mode }: Ownership,
  { chmod = fchmodSync } = {},
): void {
  const made = fstatSync(descriptor)
  const isGroupNeeded = ((mode >> 3) & 7) !== (mode & 7)
  if (made.uid !== uid || made.gid !== gid) {
    try {
      fchownSync(descriptor, uid, gid)
    } catch (cause) {
      if (made.uid !== uid || isGroupNeeded) throw notAllowed(file, { uid, gid }, cause)
    }
  }
  try {
    // The umask has removed bits from the mode that `open` was given.
    chmod(descriptor, mode)
  } catch (error) {
    // The file is our own, so this file system keeps no modes (FAT). `check` reports the mode that it shows.
    if (!NO_MODES.includes(codeOf(error))) throw error
  }
}

const NO_MODES = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP']

/** Makes a folder and those above it. If root runs this, each gets the owner of the folder that it is in. */
export function makeFolder(folder: string, mode: number): void {
  if (statsOf(folder)) return
  const parent = dirname(folder)
  makeFolder(parent, mode)
  const { uid, gid, ...owner } = statSync(parent)
  try {
    mkdirSync(folder, mode)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return
    throw error
  }
  if (process.geteuid?.() !== 0 || isShared(owner)) return
  try {
    chownSync(folder, uid, gid)
  } catch (cause) {
    rmdirSync(folder)
    throw notAllowed(folder, { uid, gid }, cause)
  }
}

function isShared({ mode }: { mode: number }): boolean {
  return (mode & 0o1000) !== 0
}

function currentUser({ uid, gid }: Stats): { uid: number; gid: number } {
  return { uid: process.geteuid?.() ?? uid, gid: process.getegid?.() ?? gid }
}

function notAllowed(file: string, { uid, gid }: { uid: number; gid: number }, cause: unknown): RefusedError {
  return new RefusedError(
    `${shown(file)}: must belong to uid ${uid}, gid ${gid}, but this command runs as uid ${process.geteuid?.()} and is not allowed to change the owner. The file was not changed. Run this as uid ${uid}, or as root.`,
    { cause },
  )
}
