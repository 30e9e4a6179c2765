import type { Application } from '@signet/auth'
import { command, table } from '../command.ts'
import { isExpected } from '../errors.ts'
import type { Places } from '../places.ts'
import { publishedKeys } from '../public-keys.ts'
import { readRegistry } from '../revocation.ts'

export const list = command({
  usage: 'list [--json]',
  summary: 'Show the application registry and the keys of each application',
  help: `Key IDs are RFC 7638 thumbprints, the "kid" of a token; newest first, with their age in days.

  --json  for programs; ages become the time at which a key was made`,
  options: { json: { type: 'boolean', default: false } },
  words: { least: 0, most: 0 },
  run: ({ places, now, print }, _words, { json }) => {
    const applications = [...readRegistry(places).values()]
    const rows = applications.map((application) => ({ ...application, ...keysOf(places, application) }))
    print(
      json
        ? JSON.stringify(rows, null, 2)
        : table(
            HEAD,
            rows.map((row) => cells(row, now())),
          ),
    )
    return 0
  },
})

const HEAD = ['NAME', 'APP ID', 'PERMISSIONS', 'KEYS', 'REVOKED']

type Keys = { keys: { keyId: string; created?: string }[]; fault?: string }

/** An invalid key file does not hide the other applications. */
function keysOf(places: Places, { appId }: Application): Keys {
  try {
    return { keys: publishedKeys(places, appId).map(({ key: _, ...key }) => key) }
  } catch (error) {
    if (isExpected(error)) return { keys: [], fault: error.message }
    throw error
  }
}

function cells(row: Application & Keys, now: number): string[] {
  const keys = row.keys.map(({ keyId, created }) => `${keyId} (${ageOf(created, now)})`)
  const shownKeys = row.fault ? 'unreadable: npm run keys -- check' : keys.join('\n') || 'none'
  return [row.name, row.appId, row.permissions.join('\n') || 'none', shownKeys, row.revokedAt ?? '']
}

function ageOf(created: string | undefined, now: number): string {
  const days = Math.floor((now - Date.parse(created ?? '')) / 86_400_000)
  return Number.isNaN(days) ? 'age unknown' : `${days} d`
}
