import { type Dirent, lstatSync, readdirSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isExpected } from './errors.ts'
import { FOLDER, PRIVATE } from './files.ts'
import { type Finding, finding } from './findings.ts'
import { type Places, statsOf } from './places.ts'

type WrongMode = { path: string; mode: number; expected: number }

/**
 * The folders and private files under `secrets` whose mode lets other users enter, read or write them. `secrets` itself
 * may be a symbolic link. `onFault` is called with the error when a folder cannot be read.
 */
export function wrongModes(secrets: string, onFault: (fault: Error) => void): WrongMode[] {
  const { files, folders } = entriesIn(secrets, onFault)
  return [
    ...folders.map((path) => ({ path, expected: FOLDER })),
    ...files.filter(isPrivate).map((path) => ({ path, expected: PRIVATE })),
  ].flatMap(({ path, expected }) => {
    const mode = modeOf(path, path === secrets)
    return mode === undefined || mode === expected ? [] : { path, mode, expected }
  })
}

/**
 * Files and folders that belong to another user than the folder they are in. A command that root ran could leave them so.
 * Then the service, which owns the folder, cannot read them, or another user can change them.
 */
export function ownerFindings(places: Places): Finding[] {
  // Folders that cannot be read are reported with the modes.
  const { files, folders } = entriesIn(places.secrets, () => {})
  const inside = [...folders.slice(1), ...files].flatMap((path) => ownerFinding(path) ?? [])
  return [...inside, ...registryFindings(places)]
}

/** What is wrong with the owner of a file or folder; undefined if nothing, or if the file does not exist any more. */
export function ownerFinding(path: string): Finding | undefined {
  const stats = statsOf(path)
  if (!stats) return undefined
  const folder = statSync(dirname(path))
  if (stats.uid === folder.uid) return undefined
  // A service may run as a user of its own, who owns its folder.
  if (stats.isDirectory() && stats.uid !== 0) return undefined
  return finding(
    path,
    `belongs to uid ${stats.uid}, and its folder to uid ${folder.uid}`,
    `as root: chown ${stats.isDirectory() ? '-R ' : ''}${folder.uid}:${folder.gid} ${path}`,
  )
}

/** The owner of the API's folder is the user that the API runs as. */
function registryFindings({ applications, folder }: Places): Finding[] {
  const registry = statsOf(applications)
  const api = statsOf(folder('api'))
  if (!registry || !api || canRead(api, registry)) return []
  return [
    finding(
      applications,
      `cannot be read by uid ${api.uid}, the owner of ${folder('api')}`,
      `chmod a+r ${applications}, or as root: chown ${api.uid}:${api.gid} ${applications}`,
    ),
  ]
}

/** Whether the mode of a file lets a user read it. `gid` is the only group of the user that is known. */
function canRead({ uid, gid }: { uid: number; gid: number }, file: Stats): boolean {
  if (uid === 0) return true
  if (uid === file.uid) return (file.mode & 0o400) !== 0
  return (file.mode & (gid === file.gid ? 0o040 : 0o004)) !== 0
}

/** All regular files and folders under a folder. The folder itself comes first. None if it does not exist. */
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
 * Undefined if the file does not exist any more: another command may have renamed it after the folder was read. A symbolic
 * link has no mode of its own. Only for the root folder, the target is looked at: a link below it belongs to the operator.
 */
function modeOf(path: string, isRoot: boolean): number | undefined {
  const stats = isRoot ? statsOf(path) : lstatSync(path, { throwIfNoEntry: false })
  return stats && stats.mode & 0o777
}

/**
 * By its name: `server.key`, `<appId>_private.pem`, and what a rotation or an interrupted write leaves beside them. The
 * history names the persons who changed something, so it is private, too.
 */
function isPrivate(path: string): boolean {
  return /\.key\b|_private\.pem|^history\.jsonl$/.test(basename(path))
}
