import { readFileSync } from 'node:fs'
import { encodingFault } from './encoding.ts'
import { ApplicationsError, type ApplicationsFault } from './errors.ts'
import { type JsonPath, lineOf, lineOfSyntaxError } from './json-lines.ts'
import { PERMISSION } from './permissions.ts'
import { pollFile } from './polled-file.ts'

/** An entry of the application registry. `revokedAt` (RFC 3339) ends the application for good. */
export type Application = Readonly<{
  appId: string
  name: string
  permissions: readonly string[]
  revokedAt?: string
}>

/** The application registry by application ID. */
export type Applications = ReadonlyMap<string, Application>

/** An application ID becomes part of a file name, so nothing that could leave a folder may stand in it. */
export const APP_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/

/** An application's name becomes a folder; these are taken by the system's own. */
export const APPLICATION_NAME = /^[a-z][a-z0-9-]{0,62}$/
export const RESERVED_NAMES: readonly string[] = ['api', 'edge', 'ca']

/**
 * Reads an application registry, a JSON array of applications: its text, or its bytes, which must be UTF-8. A byte order
 * mark before it is permitted (RFC 8259 §8.1). Throws {@link ApplicationsError} with every fault in it, naming `file`.
 */
export function parseApplications(content: string | Buffer, file = 'applications.json'): Applications {
  // A space in place of the mark keeps the offsets of what comes after it.
  const text = decode(content, file).replace(/^\uFEFF/, ' ')
  const applications = new Map<string, Application>()
  const names = new Set<string>()
  const faults: ApplicationsFault[] = []
  for (const [index, entry] of readList(text, file).entries()) {
    const wrong = (path: JsonPath, message: string) => {
      faults.push({ line: lineOf(text, [index, ...path]), path: path.join('.'), message })
    }
    if (!isObject(entry)) {
      wrong([], 'must be an object')
      continue
    }
    const { appId, name, permissions, revokedAt, ...unknown } = entry
    if (!isMatch(appId, APP_ID)) wrong(['appId'], `must match ${APP_ID.source}`)
    else if (applications.has(appId)) wrong(['appId'], 'stands in the list already')
    else applications.set(appId, entry as Application)

    if (!isMatch(name, APPLICATION_NAME)) wrong(['name'], `must match ${APPLICATION_NAME.source}`)
    else if (RESERVED_NAMES.includes(name)) wrong(['name'], `must not be ${RESERVED_NAMES.join(', ')}`)
    else if (names.has(name)) wrong(['name'], 'stands in the list already')
    else names.add(name)

    if (!Array.isArray(permissions)) wrong(['permissions'], 'must be an array')
    else
      for (const [at, permission] of permissions.entries())
        if (!isMatch(permission, PERMISSION)) wrong(['permissions', at], `must match ${PERMISSION.source}`)

    if (revokedAt !== undefined && !isTime(revokedAt))
      wrong(['revokedAt'], 'must be a time such as 2026-01-31T12:00:00Z')
    for (const field of Object.keys(unknown)) wrong([field], 'is no field of an application')
  }
  if (faults.length > 0) throw new ApplicationsError(file, faults)
  return applications
}

function decode(content: string | Buffer, file: string): string {
  const text = content.toString()
  const fault = typeof content !== 'string' && encodingFault(content)
  if (!fault) return text
  const line = content.toString('latin1', 0, fault.offset).split('\n').length
  throw new ApplicationsError(file, [{ line, path: '', message: fault.message }])
}

function readList(text: string, file: string): unknown[] {
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch {
    throw new ApplicationsError(file, [{ line: lineOfSyntaxError(text), path: '', message: 'is not JSON' }])
  }
  if (Array.isArray(list)) return list
  throw new ApplicationsError(file, [{ line: 1, path: '', message: 'must be an array of applications' }])
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isMatch(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value)
}

/** RFC 3339 §5.6. */
function isTime(value: unknown): boolean {
  return (
    isMatch(value, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/) &&
    !Number.isNaN(Date.parse(value))
  )
}

export type ApplicationRegistry = {
  find(appId: string): Application | undefined
  all(): Applications
  /** Why the file cannot be used now, if so: the last good list serves on. */
  fault(): Error | undefined
}

/**
 * The application registry on disk, looked at again once a second. Throws `ApplicationsError` or the file system's error when
 * there is no good list to begin with; later faults keep the last good list, and `onFault` hears of each once.
 */
export function openApplications({
  file,
  now = Date.now,
  onFault = () => {},
}: ApplicationRegistryOptions): ApplicationRegistry {
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

type ApplicationRegistryOptions = {
  file: string
  now?: () => number
  onFault?: (fault: Error) => void
}

type Held = { applications: Applications; fault?: Error }
