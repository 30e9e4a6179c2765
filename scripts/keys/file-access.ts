import { type Dirent, lstatSync, readdirSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isExpected } from './errors.ts'
import { FOLDER, PRIVATE } from './files.ts'
import { type Finding, finding } from './findings.ts'
import { canRead } from './ownership.ts'
import type { Places } from './places.ts'
import { statsOf } from './places.ts'

type WrongMode = { path: string; mode: number; right: number }

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
function entriesIn(folder: string, onFault: (fault: Error) => void): { files: string[]; folders: string[] } {
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

/**
 * Files and folders that belong to another user than the folder they are in, as a command that root ran could leave
 * them: the service, which is the folder's owner, cannot read them, or somebody else can change them.
 */
export function ownerFindings(places: Places): Finding[] {
  // What cannot be read is told with the modes.
  const { files, folders } = entriesIn(places.secrets, () => {})
  const inside = [...folders.slice(1), ...files].flatMap((path) => ownerFault(path) ?? [])
  return [...inside, ...ofRegistry(places)]
}

/** What is wrong with the owner of a file or folder; undefined if nothing, or if it is gone. */
export function ownerFault(path: string): Finding | undefined {
  const stats = statsOf(path)
  if (!stats) return undefined
  const folder = statSync(dirname(path))
  if (stats.uid === folder.uid) return undefined
  // A service may have a user of its own, who owns its folder.
  if (stats.isDirectory() && stats.uid !== 0) return undefined
  return finding(
    path,
    `belongs to uid ${stats.uid}, and its folder to uid ${folder.uid}`,
    `as root: chown ${stats.isDirectory() ? '-R ' : ''}${folder.uid}:${folder.gid} ${path}`,
  )
}

/** The owner of the API's folder is the user that the API runs as. */
function ofRegistry({ applications, folder }: Places): Finding[] {
  const registry = statsOf(applications)
  const api: Stats | undefined = statsOf(folder('api'))
  if (!registry || !api || canRead(api, registry)) return []
  return [
    finding(
      applications,
      `cannot be read by uid ${api.uid}, the owner of ${folder('api')}`,
      `chmod a+r ${applications}, or as root: chown ${api.uid}:${api.gid} ${applications}`,
    ),
  ]
}
