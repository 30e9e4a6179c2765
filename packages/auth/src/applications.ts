import { readFileSync } from 'node:fs'
import { findNodeAtLocation, type ParseError, parseTree } from 'jsonc-parser'
import { encodingFault } from './encoding.ts'
import { ApplicationsError, type ApplicationsFault } from './errors.ts'
import { PERMISSION } from './permissions.ts'
import { pollFile } from './polled-file.ts'

/** An entry of the application registry. `revokedAt` (RFC 3339) ends the application for good. */
export type Application = Readonly<{
  appId: string
  name: string
  permissions: readonly string[]
  revokedAt?: string
}>

/** The application that calls, and what it may do with this token. `keyId` names the key that verified the token. */
export type Caller = Readonly<{ appId: string; name: string; permissions: readonly string[]; keyId: string }>

/** The application registry by application ID. */
export type Applications = ReadonlyMap<string, Application>

/** An application ID becomes part of a file name, so it must hold nothing that leads out of a folder. */
export const APP_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/

/** An application's name becomes a folder. The reserved names are folders that the system itself has. */
export const APPLICATION_NAME = /^[a-z][a-z0-9-]{0,62}$/
export const RESERVED_NAMES: readonly string[] = ['api', 'edge', 'ca']

export type ApplicationRegistry = {
  find(appId: string): Application | undefined
  all(): Applications
  /** Why the file cannot be used now; undefined if it can. Meanwhile the last good list stays in use. */
  fault(): Error | undefined
}

/**
 * The application registry on disk. The file is looked at again at most once a second. Throws {@link ApplicationsError} or
 * the file system's error when there is no good list to begin with. After a later fault the last good list stays in use,
 * and `onFault` is called once for each fault.
 * @example const applications = openApplications({ file: 'applications.json', onFault: console.error })
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

/**
 * Reads an application registry, a JSON array of applications: its text, or its bytes, which must be UTF-8. A byte order
 * mark at its start is permitted (RFC 8259 §8.1). Throws {@link ApplicationsError}, which names `file` and every fault.
 * @example parseApplications(readFileSync('applications.json')).get('reporting')?.permissions
 */
export function parseApplications(content: string | Buffer, file = 'applications.json'): Applications {
  const text = decode(content, file).replace(/^\uFEFF/, '')
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
    else if (applications.has(appId)) wrong(['appId'], 'is in the list already')
    else applications.set(appId, entry as Application)

    if (!isMatch(name, APPLICATION_NAME)) wrong(['name'], `must match ${APPLICATION_NAME.source}`)
    else if (RESERVED_NAMES.includes(name)) wrong(['name'], `must not be ${RESERVED_NAMES.join(', ')}`)
    else if (names.has(name)) wrong(['name'], 'is in the list already')
    else names.add(name)

    if (!Array.isArray(permissions)) wrong(['permissions'], 'must be an array')
    else
      for (const [at, permission] of permissions.entries())
        if (!isMatch(permission, PERMISSION)) wrong(['permissions', at], `must match ${PERMISSION.source}`)

    if (revokedAt !== undefined && !isTime(revokedAt))
      wrong(['revokedAt'], 'must be a time such as 2026-01-31T12:00:00Z')
    for (const field of Object.keys(unknown)) wrong([field], 'is not a field of an application')
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

function isTime(value: unknown): boolean {
  return isMatch(value, RFC_3339) && !Number.isNaN(Date.parse(value))
}

/** §5.6 of it. */
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

/** The place of a value in a JSON text: an index, or an index and a field, and so on. */
type JsonPath = (string | number)[]

/**
 * The line (from 1) of the value at `path`, or of the nearest one around it.
 * @example lineOf(text, [0, 'permissions', 1]) // 5
 */
export function lineOf(text: string, path: JsonPath): number {
  const root = parseTree(text)
  const node = root && findNodeAtLocation(root, path)
  if (node) return lineAt(text, node.offset)
  return path.length > 0 ? lineOf(text, path.slice(0, -1)) : 1
}

/**
 * The line (from 1) on which a text stops being JSON. `JSON.parse` does not always say it.
 * @example lineOfSyntaxError('[\n{') // 2
 */
export function lineOfSyntaxError(text: string): number {
  const errors: ParseError[] = []
  parseTree(text, errors, { disallowComments: true, allowTrailingComma: false })
  return lineAt(text, errors[0]?.offset ?? 0)
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
