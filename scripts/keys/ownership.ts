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
import { RefusedError } from './errors.ts'
import { shown, statsOf } from './places.ts'

export type Ownership = { uid: number; gid: number; mode: number }

/** What a written file is to have: all that of the file it replaces, else its folder's owner and the given mode. */
export function ownershipFor(file: string, mode: number): Ownership {
  const standing = statsOf(file)
  if (standing) return { uid: standing.uid, gid: standing.gid, mode: standing.mode & 0o777 }
  const folder = statSync(dirname(file))
  // In a folder that is everybody's, such as /tmp, a file is its maker's.
  return isShared(folder) ? { ...ourselves(folder), mode } : { uid: folder.uid, gid: folder.gid, mode }
}

/**
 * Gives a file that was just made its owner and mode. A private key of another owner locks the service out. Throws
 * {@link RefusedError} when this process may not, before the file has its name.
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
      if (made.uid !== uid || isGroupNeeded) throw notOurs(file, { uid, gid }, cause)
    }
  }
  try {
    // The mode of `open` is cut by the umask.
    chmod(descriptor, mode)
  } catch (error) {
    // The file is ours, so this file system keeps no modes (FAT). `check` tells which mode it shows.
    if (!NO_MODES.includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

const NO_MODES = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP']

/** Makes a folder and those above it. As root, each gets the owner of the folder it is in. */
export function makeFolder(folder: string, mode: number): void {
  if (statsOf(folder)) return
  const parent = dirname(folder)
  makeFolder(parent, mode)
  const { uid, gid, ...owner } = statSync(parent)
  try {
    mkdirSync(folder, mode)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return
    throw error
  }
  if (process.geteuid?.() !== 0 || isShared(owner)) return
  try {
    chownSync(folder, uid, gid)
  } catch (cause) {
    rmdirSync(folder)
    throw notOurs(folder, { uid, gid }, cause)
  }
}

/** Whether a user can read something, by its mode. `gid` is the only group that is known. */
export function canRead({ uid, gid }: { uid: number; gid: number }, file: Stats): boolean {
  if (uid === 0) return true
  if (uid === file.uid) return (file.mode & 0o400) !== 0
  return (file.mode & (gid === file.gid ? 0o040 : 0o004)) !== 0
}

function isShared({ mode }: { mode: number }): boolean {
  return (mode & 0o1000) !== 0
}

function ourselves({ uid, gid }: Stats): { uid: number; gid: number } {
  return { uid: process.geteuid?.() ?? uid, gid: process.getegid?.() ?? gid }
}

function notOurs(file: string, { uid, gid }: { uid: number; gid: number }, cause: unknown): RefusedError {
  return new RefusedError(
    `${shown(file)}: must belong to uid ${uid}, gid ${gid}, and this command, which runs as uid ${process.geteuid?.()}, cannot give it to them. It was not changed. Run this as uid ${uid}, or as root.`,
    { cause },
  )
}
