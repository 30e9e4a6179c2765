import { readFileSync } from 'node:fs'
import { type Application, type Applications, ApplicationsError, parseApplications } from '@signet/auth'
import { type Node, parseTree } from 'jsonc-parser'
import { RefusedError } from './errors.ts'
import { updateFile } from './files.ts'
import { isThere, shown } from './places.ts'

/** Reads the application registry. Throws {@link RefusedError} with the lines and fields at fault. */
export function readApplicationsFile(file: string): Applications {
  if (!isThere(file))
    throw new RefusedError(`${shown(file)}: is missing. Begin one with [], or name it: --applications FILE`)
  return parse(readFileSync(file), file)
}

/** The application with this name or ID. Throws {@link RefusedError} when there is none. */
export function findApplication(applications: Applications, nameOrId: string): Application {
  const all = [...applications.values()]
  const found = applications.get(nameOrId) ?? all.find(({ name }) => name === nameOrId)
  if (found) return found
  const names = all.map(({ name }) => name).join(', ') || 'nobody'
  throw new RefusedError(`No application "${nameOrId}" is on the application registry. On it: ${names}.`)
}

/** Throws {@link RefusedError} when an application is revoked: nothing is given to it any more. */
export function refuseRevoked({ name, revokedAt }: Application): void {
  if (revokedAt) throw new RefusedError(`${name}: is revoked. Add it anew, under a new ID.`)
}

/** Puts an application at the end of the application registry. Throws {@link RefusedError}, too, when its name is taken. */
export async function addToRegistry(file: string, application: Application): Promise<void> {
  await changeText(file, (text) => {
    const { name } = application
    const holder = [...parse(text, file).values()].find((other) => other.name === name)
    if (holder?.revokedAt)
      throw new RefusedError(
        `The name "${name}" is taken by a revoked application. First: npm run keys -- remove ${name}`,
      )
    if (holder) throw new RefusedError(`The name "${name}" is taken.`)
    // A checkout on Windows may end its lines with CRLF.
    const lineEnd = text.includes('\r\n') ? '\r\n' : '\n'
    const entry = inLines(application).replaceAll('\n', lineEnd)
    return appendItem(text, parseJson(text), entry, `${lineEnd}  ${entry}${lineEnd}`)
  })
}

/** Removes an application from the application registry. What adding it changed in the file is undone to the byte. */
export async function removeFromRegistry(file: string, appId: string): Promise<void> {
  await changeText(file, (text) =>
    parse(text, file).has(appId) ? removeItem(text, parseJson(text), entryIn(text, appId)) : text,
  )
}

/** Notes when an application was revoked. The first time stands. */
export async function markRevoked(file: string, appId: string, revokedAt: string): Promise<void> {
  await changeText(file, (text) => {
    const { revokedAt: standing } = findApplication(parse(text, file), appId)
    return standing ? text : appendItem(text, entryIn(text, appId), `"revokedAt": "${revokedAt}"`)
  })
}

/**
 * Changes the permissions of an application to those that `change` answers. Resolves to it as it is then. Throws
 * {@link RefusedError} when it is revoked, and what `change` throws: the file stays as it was.
 */
export async function changePermissions(
  file: string,
  appId: string,
  change: (permissions: readonly string[]) => readonly string[],
): Promise<Application> {
  await changeText(file, (text) => {
    const application = findApplication(parse(text, file), appId)
    refuseRevoked(application)
    const before = application.permissions
    const after = change(before)
    const removed = before.filter((permission) => !after.includes(permission)).reduce(withoutPermission, text)
    return after.filter((permission) => !before.includes(permission)).reduce(withPermission, removed)
  })
  return findApplication(readApplicationsFile(file), appId)

  function withoutPermission(text: string, permission: string): string {
    const permissions = permissionsIn(text)
    const item = permissions.children?.find(({ value }) => value === permission)
    return item ? removeItem(text, permissions, item) : text
  }

  function withPermission(text: string, permission: string): string {
    return appendItem(text, permissionsIn(text), JSON.stringify(permission))
  }

  function permissionsIn(text: string): Node {
    return memberOf(entryIn(text, appId), 'permissions') as Node
  }
}

/** A text that is not a good list any more is never written: all applications would depend on it. */
async function changeText(file: string, change: (text: string) => string): Promise<void> {
  await updateFile(file, (text) => {
    const changed = change(text)
    parse(changed, file)
    return changed
  })
}

function entryIn(text: string, appId: string): Node {
  const isEntry = (entry: Node) => memberOf(entry, 'appId')?.value === appId
  return parseJson(text).children?.find(isEntry) as Node
}

function parse(text: string | Buffer, file: string): Applications {
  try {
    return parseApplications(text)
  } catch (error) {
    if (!(error instanceof ApplicationsError)) throw error
    const faults = error.faults.map(({ line, path, message }) => `${shown(file)}:${line}: ${path} ${message}`)
    throw new RefusedError(faults.map((fault) => fault.replace(':  ', ': ')).join('\n'), { cause: error })
  }
}

/** An entry as in the committed file: two spaces, a line for each field. */
function inLines(application: Application): string {
  const fields = Object.entries(application).map(([name, value]) => `    "${name}": ${inOneLine(value)}`)
  return `{\n${fields.join(',\n')}\n  }`
}

function inOneLine(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(inOneLine).join(', ')}]` : JSON.stringify(value)
}

/** The nodes of a JSON text that is known to be good. */
function parseJson(text: string): Node {
  return parseTree(text) as Node
}

/** The value of a member of an object. Of repeated members the last counts, as for `JSON.parse`. */
function memberOf(object: Node, name: string): Node | undefined {
  return object.children?.findLast(({ children }) => children?.[0]?.value === name)?.children?.[1]
}

/**
 * Puts an item at the end of an array, or a member at the end of an object. All other bytes stay as they are, and what
 * stands between two items is repeated. `alone` is what an empty array or object gets between its brackets.
 */
function appendItem(text: string, container: Node, item: string, alone = item): string {
  const items = container.children ?? []
  const last = items.at(-1)
  if (!last) return replaceBetween(text, container.offset + 1, endOf(container) - 1, alone)
  const before = items.at(-2)
  const separator = before
    ? text.slice(endOf(before), last.offset)
    : `,${text.slice(container.offset + 1, last.offset) || ' '}`
  return replaceBetween(text, endOf(last), endOf(last), `${separator}${item}`)
}

/** Takes an item out of an array, with what separates it. It undoes {@link appendItem} to the byte. */
function removeItem(text: string, container: Node, item: Node): string {
  const items = container.children ?? []
  const index = items.findIndex(({ offset }) => offset === item.offset)
  const [before, after] = [items[index - 1], items[index + 1]]
  if (before) return replaceBetween(text, endOf(before), endOf(item), '')
  if (after) return replaceBetween(text, item.offset, after.offset, '')
  return replaceBetween(text, container.offset + 1, endOf(container) - 1, '')
}

function endOf({ offset, length }: Node): number {
  return offset + length
}

function replaceBetween(text: string, start: number, end: number, replacement: string): string {
  return text.slice(0, start) + replacement + text.slice(end)
}
