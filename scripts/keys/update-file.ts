import {
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
} from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { encodingFault } from '@signet/auth'
import { RefusedError } from './errors.ts'
import { isThere, statsOf } from './file-state.ts'
import { giveOwnership, ownershipFor } from './ownership.ts'
import { shown } from './places.ts'
import { clockDifference, PUBLIC, syncFolder, writeSynced } from './write-file.ts'

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
