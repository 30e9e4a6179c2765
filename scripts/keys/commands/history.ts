import { command } from '../command.ts'
import { RefusedError } from '../errors.ts'
import { type HistoryEntry, readHistory } from '../history.ts'
import { shown } from '../places.ts'
import { findApplication, readApplicationsFile } from '../registry.ts'
import { table } from '../table.ts'

export const history = command({
  usage: 'history [APP] [--json]',
  summary: 'Show who changed keys, permissions and certificates, and when; the newest is last',
  help: `Reads history.jsonl in the folder of secrets: each command that changes something adds a line for each change. A
command that is refused changes nothing, and leaves none. APP may be an application that was removed.

  --json  for programs: with the application's ID, and the person who became another user by sudo`,
  options: { json: { type: 'boolean', default: false } },
  words: { least: 0, most: 1 },
  run: ({ places, print }, [nameOrId], { json }) => {
    const { entries, unreadable } = readHistory(places.history)
    const asked = entries.filter(
      ({ name, appId }) => nameOrId === undefined || nameOrId === name || nameOrId === appId,
    )
    if (asked.length === 0 && nameOrId !== undefined)
      findApplication(readApplicationsFile(places.applications), nameOrId)

    if (json) print(JSON.stringify(asked, null, 2))
    else print(asked.length === 0 ? 'nothing is recorded' : table(HEAD, asked.map(cells)))
    if (unreadable > 0)
      throw new RefusedError(
        `${shown(places.history)}: ${unreadable} of its lines cannot be read, and are not shown.`,
      )
    return 0
  },
})

const HEAD = ['TIME', 'USER', 'COMMAND', 'APPLICATION', 'CHANGE']

/** The time to the second. A key ID has a line of its own, so that the table fits a terminal. */
function cells({ time, user, sudoUser, command, name = '', change, keyId }: HistoryEntry): string[] {
  const by = sudoUser === undefined ? user : `${user} (${sudoUser})`
  return [time.replace(/\.\d+Z$/, 'Z'), by, command, name, keyId ? `${change}\n${keyId}` : change]
}
