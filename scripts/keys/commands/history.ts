import { closeSync, fdatasyncSync, fstatSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import type { Application } from '@signet/auth'
import { command, table } from '../command.ts'
import { isExpected, RefusedError } from '../errors.ts'
import { FOLDER, PRIVATE } from '../files.ts'
import { giveOwnership, makeFolder, ownershipFor } from '../ownership.ts'
import { isThere, shown } from '../places.ts'
import { findApplication, readApplicationsFile } from '../registry.ts'

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

/** What a command changed, in a few words. Never a key, a token or a word of the command line that nobody has checked. */
export type Change = Readonly<{
  change: string
  application?: Pick<Application, 'appId' | 'name'>
  /** The RFC 7638 thumbprint of the key that it is about, the `kid` of a token. */
  keyId?: string | undefined
}>

/** A line of the history. `time` is RFC 3339, `sudoUser` the person who became `user` by sudo. */
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

/**
 * Notes changes of one command: JSON lines at the end of `file`, one for each change, at once. So the history tells how
 * far a command came that was killed. A history that cannot be written stops no command, since a revocation must
 * work on a full disk: `fault` answers the first reason, and the command line prints it.
 */
export function openHistory({ file, command, now, env = process.env }: HistoryOptions) {
  const changes: Change[] = []
  let fault: Error | undefined

  function record(made: Change): void {
    changes.push(made)
    const { application, change, keyId } = made
    const entry: HistoryEntry = {
      time: new Date(now()).toISOString(),
      ...whoRuns(env),
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
    /** Notes what stopped a command that had changed something. A refused command has not, and leaves no line. */
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

/** The entries, oldest first. A line that is none (a write that was cut short) is counted in `unreadable`. */
export function readHistory(file: string): { entries: HistoryEntry[]; unreadable: number } {
  const lines = isThere(file) ? readFileSync(file, 'utf8').split('\n') : []
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

/** In one write, at the end wherever that is by then: lines of two commands do not mix. */
function append(file: string, line: string): void {
  makeFolder(dirname(file), FOLDER)
  const ownership = isThere(file) ? undefined : ownershipFor(file, PRIVATE)
  const descriptor = openSync(file, 'a+', PRIVATE)
  try {
    if (ownership) giveOwnership(descriptor, file, ownership)
    writeFileSync(descriptor, endsInLine(descriptor) ? line : `\n${line}`)
    fdatasyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Not after a write that was cut short, which must not take the next line with it. */
function endsInLine(descriptor: number): boolean {
  const last = Buffer.from('\n')
  const { size } = fstatSync(descriptor)
  if (size > 0) readSync(descriptor, last, 0, 1, size - 1)
  return last.toString() === '\n'
}

function whoRuns({ SUDO_USER: sudoUser }: NodeJS.ProcessEnv): { user: string; sudoUser?: string } {
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
