import { type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { statsOf } from './file-state.ts'
import { type Finding, finding } from './finding.ts'
import { entriesIn } from './modes.ts'
import { canRead } from './ownership.ts'
import type { Places } from './places.ts'

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
