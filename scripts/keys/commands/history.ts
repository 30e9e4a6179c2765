import { closeSync, fdatasyncSync, fstatSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import { type Change, command, table } from '../command.ts'
import { isExpected, RefusedError } from '../errors.ts'
import { FOLDER, PRIVATE } from '../files.ts'
import { giveOwnership, makeFolder, ownershipFor } from '../ownership.ts'
import { exists, shown } from '../places.ts'
import { findApplication, readApplicationsFile } from '../registry.ts'

export const history = command({
  usage: 'history [APP] [--json]',
  summary: 'Show who changed keys, permissions and certificates, and when; the newest change is last',
  help: `Reads history.jsonl in the folder of secrets. Each command that changes something adds a line for each change. A
command that is refused changes nothing and adds no line. APP may be an application that was removed.

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

/** The time is cut to seconds. A key ID is on a line of its own, so that the table fits a terminal. */
function cells({ time, user, sudoUser, command, name = '', change, keyId }: HistoryEntry): string[] {
  const by = sudoUser === undefined ? user : `${user} (${sudoUser})`
  return [time.replace(/\.\d+Z$/, 'Z'), by, command, name, keyId ? `${change}\n${keyId}` : change]
}

/** A line of the history. `time` is RFC 3339, `sudoUser` is the person who became `user` by sudo. */
type HistoryEntry = Readonly<{
  time: string
  user: string
  sudoUser?: string
  command: string
  name?: string
  appId?: string
  change: string
  keyId?: string
}>

/** The entries, oldest first. `unreadable` counts the lines that are no entry, such as an interrupted write. */
export function readHistory(file: string): { entries: HistoryEntry[]; unreadable: number } {
  const lines = exists(file) ? readFileSync(file, 'utf8').split('\n') : []
  const parsed = lines.filter((line) => line !== '').map(entryOf)
  const entries = parsed.filter((entry) => entry !== undefined)
  return { entries, unreadable: parsed.length - entries.length }
}

function entryOf(line: string): HistoryEntry | undefined {
  try {
    const entry: HistoryEntry = JSON.parse(line)
    return typeof entry?.time === 'string' ? entry : undefined
  } catch {
    return undefined
  }
}

/**
 * Records the changes of one command. Each change is written at once, as a line of JSON at the end of `file`, so the history
 * shows how far a killed command came. A history that cannot be written stops no command, since a revocation must work on a
 * full disk. `fault` returns the first error, and the command line prints it.
 */
export function openHistory({ file, command, now, env = process.env }: HistoryOptions) {
  const changes: Change[] = []
  let fault: Error | undefined

  function record(made: Change): void {
    changes.push(made)
    const { application, change, keyId } = made
    const entry: HistoryEntry = {
      time: new Date(now()).toISOString(),
      ...currentUser(env),
      command,
      ...(application && { name: application.name, appId: application.appId }),
      change,
      ...(keyId && { keyId }),
    }
    try {
      append(file, `${JSON.stringify(entry)}\n`)
    } catch (error) {
      if (!isExpected(error)) throw error
      fault ??= error
    }
  }

  return {
    record,
    /** Records the error that stopped a command after a change. A command that changed nothing adds no line. */
    recordFailure(error: Error): void {
      const [first, ...more] = changes
      if (!first) return
      const isOfOne = more.every(({ application }) => application?.appId === first.application?.appId)
      const change = `failed: ${isExpected(error) ? error.message : 'an unexpected error'}`
      record({ change, ...(isOfOne && first.application && { application: first.application }) })
    },
    fault: () => fault,
  }
}

type HistoryOptions = {
  file: string
  command: string
  now: () => number
  env?: NodeJS.ProcessEnv
}

/** One write in append mode, so that the lines of two commands do not mix. */
function append(file: string, line: string): void {
  makeFolder(dirname(file), FOLDER)
  const ownership = exists(file) ? undefined : ownershipFor(file, PRIVATE)
  const descriptor = openSync(file, 'a+', PRIVATE)
  try {
    if (ownership) giveOwnership(descriptor, file, ownership)
    writeFileSync(descriptor, endsInLineBreak(descriptor) ? line : `\n${line}`)
    fdatasyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** It does not after an interrupted write. Without a line break, the next line would be unreadable, too. */
function endsInLineBreak(descriptor: number): boolean {
  const last = Buffer.from('\n')
  const { size } = fstatSync(descriptor)
  if (size > 0) readSync(descriptor, last, 0, 1, size - 1)
  return last.toString() === '\n'
}

function currentUser({ SUDO_USER: sudoUser }: NodeJS.ProcessEnv): { user: string; sudoUser?: string } {
  return { user: userName(), ...(sudoUser && { sudoUser }) }
}

/** A container may run as a user that has no name. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.()}`
  }
}
