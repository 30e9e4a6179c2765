import { existsSync, readFileSync } from 'node:fs'
import { type Application, type Applications, ApplicationsError, parseApplications } from '@signet/auth'
import { RefusedError } from './errors.ts'
import { shown } from './places.ts'
import { updateFile } from './update-file.ts'

/** Reads the guest list. Throws {@link RefusedError} with the lines and fields at fault. */
export function readGuestList(file: string): Applications {
  if (!existsSync(file))
    throw new RefusedError(`${shown(file)}: is missing. Begin one with [], or name it: --applications FILE`)
  return parse(readFileSync(file, 'utf8'), file)
}

/** The application with this name or ID. Throws {@link RefusedError} when there is none. */
export function findApplication(applications: Applications, nameOrId: string): Application {
  const all = [...applications.values()]
  const found = applications.get(nameOrId) ?? all.find(({ name }) => name === nameOrId)
  if (found) return found
  const names = all.map(({ name }) => name).join(', ') || 'nobody'
  throw new RefusedError(`No application "${nameOrId}" is on the guest list. On it: ${names}.`)
}

/** Puts an application at the end of the guest list. Throws {@link RefusedError}, too, when its name is taken. */
export async function addToGuestList(file: string, application: Application): Promise<void> {
  await changeGuestList(file, (list) => {
    if (list.some(({ name }) => name === application.name)) {
      throw new RefusedError(
        `The name "${application.name}" is taken. Names stay taken after a revocation, too.`,
      )
    }
    return [...list, application]
  })
}

/** Notes when an application was revoked. The first time stands. */
export async function markRevoked(file: string, appId: string, revokedAt: string): Promise<void> {
  await changeGuestList(file, (list) =>
    list.map((entry) =>
      entry.appId === appId ? { ...entry, revokedAt: entry.revokedAt ?? revokedAt } : entry,
    ),
  )
}

async function changeGuestList(file: string, change: (list: Application[]) => Application[]): Promise<void> {
  await updateFile(file, (text) => {
    const before = [...parse(text, file).values()]
    const after = format(change(before))
    return after === format(before) ? text : after
  })
}

function parse(text: string, file: string): Applications {
  try {
    return parseApplications(text)
  } catch (error) {
    if (!(error instanceof ApplicationsError)) throw error
    const faults = error.faults.map(({ line, path, message }) => `${shown(file)}:${line}: ${path} ${message}`)
    throw new RefusedError(faults.map((fault) => fault.replace(':  ', ': ')).join('\n'), { cause: error })
  }
}

/** As the committed file is written: two spaces, a line for each field. */
function format(list: readonly Application[]): string {
  const entries = list.map((application) => {
    const fields = Object.entries(application).map(([name, value]) => `    "${name}": ${inLine(value)}`)
    return `  {\n${fields.join(',\n')}\n  }`
  })
  return `[\n${entries.join(',\n')}\n]\n`
}

function inLine(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(inLine).join(', ')}]` : JSON.stringify(value)
}
