import { readFileSync } from 'node:fs'
import { type Application, type Applications, parseApplications } from './applications.ts'
import { pollFile } from './polled-file.ts'

export type GuestList = {
  find(appId: string): Application | undefined
  all(): Applications
  /** Why the file cannot be used now, if so: the last good list serves on. */
  fault(): Error | undefined
}

/**
 * The guest list on disk, looked at again once a second. Throws `ApplicationsError` or the file system's error when
 * there is no good list to begin with; later faults keep the last good list, and `onFault` hears of each once.
 */
export function openGuestList({ file, now = Date.now, onFault = () => {} }: GuestListOptions): GuestList {
  const load = (): Held => ({ applications: parseApplications(readFileSync(file), file) })
  const read = pollFile<Held>({ file, load, recover, now })

  function recover(fault: Error, last: Held | undefined): Held {
    if (!last) throw fault
    if (last.fault?.message !== fault.message) onFault(fault)
    return { applications: last.applications, fault }
  }

  read()
  return {
    find: (appId) => read().applications.get(appId),
    all: () => read().applications,
    fault: () => read().fault,
  }
}

type GuestListOptions = {
  file: string
  now?: () => number
  onFault?: (fault: Error) => void
}

type Held = { applications: Applications; fault?: Error }
