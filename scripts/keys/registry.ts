import { readFileSync } from 'node:fs'
import { type Application, type Applications, type ApplicationsError, parseApplications } from '@signet/auth'
import { type Node, parseTree } from 'jsonc-parser'
import { codeOf, RefusedError } from './errors.ts'
import { updateFile } from './files.ts'
import { exists, shown } from './places.ts'

/** Reads the application registry. Throws {@link RefusedError}, which names each line and field that is wrong. */
export function readApplicationsFile(file: string): Applications {
  if (!exists(file))
    throw new RefusedError(
      `${shown(file)}: is missing. Make one that holds [], or name another one: --applications FILE`,
    )
  return parse(readFileSync(file), file)
}

/** The application with this name or ID. Throws {@link RefusedError} if there is none. */
export function findApplication(applications: Applications, nameOrId: string): Application {
  const all = [...applications.values()]
  const found = applications.get(nameOrId) ?? all.find(({ name }) => name === nameOrId)
  if (found) return found
  const names = all.map(({ name }) => name).join(', ') || 'none'
  throw new RefusedError(`No application "${nameOrId}" is in the application registry. It holds: ${names}.`)
}

/** Throws {@link RefusedError} if an application is revoked: it gets no key and no permission any more. */
export function refuseRevoked({ name, revokedAt }: Application): void {
  if (revokedAt) throw new RefusedError(`${name}: is revoked. Add it again, under a new ID.`)
}

/** Adds an application at the end of the registry. Throws {@link RefusedError} if its name is taken. */
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

/** Removes an application from the registry. The file then has exactly the bytes that it had before the application was added. */
export async function removeFromRegistry(file: string, appId: string): Promise<void> {
  await changeText(file, (text) =>
    parse(text, file).has(appId) ? removeItem(text, parseJson(text), entryIn(text, appId)) : text,
  )
}

/** Writes into the registry when an application was revoked. If it is revoked already, the first time stays. */
export async function markRevoked(file: string, appId: string, revokedAt: string): Promise<void> {
  await changeText(file, (text) => {
    const { revokedAt: existing } = findApplication(parse(text, file), appId)
    return existing ? text : appendItem(text, entryIn(text, appId), `"revokedAt": "${revokedAt}"`)
  })
}

/**
 * Sets the permissions of an application to those that `change` returns. Resolves to the changed application. Throws
 * {@link RefusedError} if it is revoked, and whatever `change` throws. Then the file stays as it was.
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

/** A text that is not a valid registry is never written: it would lock all applications out. */
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
    if (codeOf(error) !== 'applications_invalid') throw error
    const faults = (error as ApplicationsError).faults.map(
      ({ line, path, message }) => `${shown(file)}:${line}: ${path ? `${path} ` : ''}${message}`,
    )
    throw new RefusedError(faults.join('\n'), { cause: error })
  }
}

/** An entry in the format of the committed file: indented by two spaces, with a line for each field. */
function inLines(application: Application): string {
  const fields = Object.entries(application).map(([name, value]) => `    "${name}": ${inOneLine(value)}`)
  return `{\n${fields.join(',\n')}\n  }`
}

function inOneLine(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(inOneLine).join(', ')}]` : JSON.stringify(value)
}

/** The nodes of a JSON text that is known to be valid. */
function parseJson(text: string): Node {
  return parseTree(text) as Node
}

/** The value of a member of an object. Of repeated members the last one counts, as for `JSON.parse`. */
function memberOf(object: Node, name: string): Node | undefined {
  return object.children?.findLast(({ children }) => children?.[0]?.value === name)?.children?.[1]
}

/**
 * Adds an item at the end of an array, or a member at the end of an object. All other bytes stay as they are, and the text
 * between the last two items is used again before the new one. `alone` is the text between the brackets if there was no item.
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

/** Removes an item from an array, with the text that separates it. It undoes {@link appendItem} to the byte. */
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
