import { ApplicationsError, type ApplicationsFault } from './errors.ts'
import { lineOf } from './json-lines.ts'
import { PERMISSION } from './permissions.ts'

/** An entry of the guest list. `revokedAt` (RFC 3339) ends the application for good. */
export type Application = Readonly<{
  appId: string
  name: string
  permissions: readonly string[]
  revokedAt?: string
}>

/** The guest list by application ID. */
export type Applications = ReadonlyMap<string, Application>

/** An application ID becomes part of a file name, so nothing that could leave a folder may stand in it. */
export const APP_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/

/** An application's name becomes a folder; these are taken by the system's own. */
export const APPLICATION_NAME = /^[a-z][a-z0-9-]{0,62}$/
export const RESERVED_NAMES: readonly string[] = ['api', 'edge', 'ca']

/**
 * Reads a guest list, a JSON array of applications. Throws {@link ApplicationsError} with every fault in it, naming
 * `file`.
 */
export function parseApplications(text: string, file = 'applications.json'): Applications {
  const applications = new Map<string, Application>()
  const names = new Set<unknown>()
  const faults: ApplicationsFault[] = []
  readList(text, file).forEach((entry: unknown, index) => {
    const application = isObject(entry) ? entry : {}
    const checks: [path: string, message: string, right: boolean][] = [
      ['', 'must be an object', isObject(entry)],
      ['appId', `must match ${APP_ID.source}`, isMatch(application.appId, APP_ID)],
      ['appId', 'stands in the list already', !applications.has(application.appId as string)],
      ['name', `must match ${APPLICATION_NAME.source}`, isMatch(application.name, APPLICATION_NAME)],
      [
        'name',
        `is reserved (${RESERVED_NAMES.join(', ')})`,
        !RESERVED_NAMES.includes(application.name as string),
      ],
      ['name', 'stands in the list already', !names.has(application.name)],
      ['permissions', `must be an array of ${PERMISSION.source}`, arePermissions(application.permissions)],
      ['revokedAt', 'must be a time such as 2026-01-31T12:00:00Z', isTime(application.revokedAt)],
    ]
    for (const field of Object.keys(application))
      checks.push([field, `is no field of an application (${FIELDS.join(', ')})`, FIELDS.includes(field)])
    const wrong = checks.filter(([, , right]) => !right)
    for (const [path, message] of wrong) faults.push({ line: lineOf(text, index, path), path, message })
    names.add(application.name)
    applications.set(application.appId as string, application as Application)
  })
  if (faults.length > 0) throw new ApplicationsError(file, faults)
  return applications
}

const FIELDS = ['appId', 'name', 'permissions', 'revokedAt']

function readList(text: string, file: string): unknown[] {
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch (error) {
    const line = Number(/line (\d+)/.exec((error as Error).message)?.[1] ?? 1)
    throw new ApplicationsError(file, [{ line, path: '', message: `is not JSON: ${(error as Error).message}` }])
  }
  if (!Array.isArray(list))
    throw new ApplicationsError(file, [{ line: 1, path: '', message: 'must be an array of applications' }])
  return list
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isMatch(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value)
}

function arePermissions(value: unknown): boolean {
  return Array.isArray(value) && value.every((permission) => isMatch(permission, PERMISSION))
}

function isTime(value: unknown): boolean {
  return (
    value === undefined || (isMatch(value, /^\d{4}-\d\d-\d\dT/) && !Number.isNaN(Date.parse(value as string)))
  )
}
