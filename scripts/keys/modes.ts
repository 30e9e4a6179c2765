import { type Dirent, lstatSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { isExpected } from './errors.ts'
import { statsOf } from './file-state.ts'
import { FOLDER, PRIVATE } from './write-file.ts'

export type WrongMode = { path: string; mode: number; right: number }

/**
 * The folders and private files under `secrets` that others than their owner may enter, read or write. `secrets` itself
 * may be a symbolic link. `onFault` is called with what keeps a folder from being read.
 */
export function wrongModes(secrets: string, onFault: (fault: Error) => void): WrongMode[] {
  const { files, folders } = entriesIn(secrets, onFault)
  return [
    ...folders.map((path) => ({ path, right: FOLDER })),
    ...files.filter(isPrivate).map((path) => ({ path, right: PRIVATE })),
  ].flatMap(({ path, right }) => {
    const mode = modeOf(path, path === secrets)
    return mode === undefined || mode === right ? [] : { path, mode, right }
  })
}

/** All regular files and folders under a folder, which comes first. None if it does not exist. */
export function entriesIn(
  folder: string,
  onFault: (fault: Error) => void,
): { files: string[]; folders: string[] } {
  const found = { files: [] as string[], folders: [] as string[] }
  read(folder)
  return found

  function read(path: string): void {
    for (const entry of entriesOf(path)) {
      const below = join(path, entry.name)
      if (entry.isDirectory()) read(below)
      else if (entry.isFile()) found.files.push(below)
    }
  }

  function entriesOf(path: string): Dirent[] {
    try {
      if (!statsOf(path)) return []
      found.folders.push(path)
      return readdirSync(path, { withFileTypes: true })
    } catch (error) {
      if (!isExpected(error)) throw error
      onFault(error)
      return []
    }
  }
}

/**
 * A file may be gone since the folder was read: another command moved it into place. A link has no mode of its own, and
 * what it leads to is asked for the root only: a link below it is the operator's.
 */
function modeOf(path: string, isRoot: boolean): number | undefined {
  const found = isRoot ? statsOf(path) : lstatSync(path, { throwIfNoEntry: false })
  return found && found.mode & 0o777
}

/**
 * By its name, as in `server.key`, `<appId>_private.pem` and what a rotation or a cut write leaves beside it. The history
 * names the persons who changed something.
 */
function isPrivate(path: string): boolean {
  return /\.key\b|_private\.pem|^history\.jsonl$/.test(basename(path))
}
