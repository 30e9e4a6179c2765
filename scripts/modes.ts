import { existsSync, lstatSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { FOLDER, PRIVATE } from './write-file.ts'

export type WrongMode = { path: string; mode: number; right: number }

/** The folders and private files under `secrets` that others than their owner may enter, read or write. */
export function wrongModes(secrets: string): WrongMode[] {
  if (!existsSync(secrets)) return []
  const entries = readdirSync(secrets, { withFileTypes: true, recursive: true })
  const folders = entries
    .filter((entry) => entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name))
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
  return [
    ...[secrets, ...folders].map((path) => ({ path, right: FOLDER })),
    ...files.filter(isPrivate).map((path) => ({ path, right: PRIVATE })),
  ].flatMap(({ path, right }) => {
    const mode = modeOf(path)
    return mode === undefined || mode === right ? [] : { path, mode, right }
  })
}

/** A file may be gone since the folder was read: another command moved it into place. */
function modeOf(path: string): number | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false })
  return found && found.mode & 0o777
}

/**
 * By its name, as in `server.key`, `<appId>_private.pem` and what a rotation or a cut write leaves beside it. The history
 * names the persons who changed something.
 */
function isPrivate(path: string): boolean {
  return /\.key\b|_private\.pem|^history\.jsonl$/.test(basename(path))
}
