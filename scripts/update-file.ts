import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { RefusedError } from './errors.ts'
import { PUBLIC, syncFolder, writeSynced } from './write-file.ts'

/**
 * Changes a file that others may be changing. As Git does it, the file written aside is the lock: it is made before the
 * old text is read, and renamed into place. A change that throws, or gives the same text, leaves the file as it was.
 *
 * Throws {@link RefusedError} when another command holds the lock for more than `patience` milliseconds. A lock that
 * a killed command left behind is taken away once it is ten seconds old: an update takes milliseconds.
 */
export async function updateFile(
  file: string,
  change: (text: string) => string,
  { patience = 5000 } = {},
): Promise<void> {
  const target = existsSync(file) ? realpathSync(file) : file
  const lock = `${target}.lock`
  const descriptor = await takeLock(lock, patience)
  let held = true
  try {
    const [text, mode] = existsSync(target)
      ? [readFileSync(target, 'utf8'), statSync(target).mode]
      : ['', PUBLIC]
    const changed = change(text)
    if (changed === text) return
    writeSynced(descriptor, changed, mode & 0o777)
    renameSync(lock, target)
    held = false
    syncFolder(dirname(target))
  } finally {
    closeSync(descriptor)
    if (held) rmSync(lock, { force: true })
  }
}

const STALE = 10_000

async function takeLock(lock: string, patience: number): Promise<number> {
  for (const deadline = Date.now() + patience; ; await setTimeout(20)) {
    try {
      return openSync(lock, 'wx')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const { mtimeMs = Date.now() } = statSync(lock, { throwIfNoEntry: false }) ?? {}
    if (Date.now() - mtimeMs > STALE) rmSync(lock, { force: true })
    else if (Date.now() > deadline)
      throw new RefusedError(`${lock}: another command is changing this file. Try again.`)
  }
}
