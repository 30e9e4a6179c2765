import type { Import } from './imports.ts'

/** Which rooms of ours a room may import from. A room that is not named here may import from nowhere. */
const DOORS: Record<string, readonly string[]> = {
  'packages/auth': [],
  'packages/service': [],
  'packages/web': ['packages/auth', 'packages/service'],
  'packages/attacks': ['packages/auth'],
  'packages/testing': [],
  'apps/api': ['packages/auth', 'packages/service'],
  'apps/app-one': ['packages/auth', 'packages/service', 'packages/web'],
  'apps/app-two': ['packages/auth', 'packages/service', 'packages/web'],
  scripts: ['packages/auth'],
  'apps/lab': ['packages/auth', 'packages/service', 'packages/web', 'packages/attacks'],
  e2e: ['packages/auth', 'packages/service', 'packages/attacks', 'packages/testing'],
}

/**
 * What stands beside the workspace: it has packages of its own, so it enters ours by path. It may look at everything,
 * and nothing of the workspace may know it.
 */
const OUTSIDE = ['bench/', 'deploy/', 'e2e/kubernetes/']

/** The files of auth that may know these packages; its core knows neither. */
const ADAPTERS: Record<string, string> = {
  express: 'packages/auth/src/express.ts',
  axios: 'packages/auth/src/axios.ts',
}

/** Every import that goes through a wall, as a sentence. */
export function breaches(imports: readonly Import[]): string[] {
  return imports.flatMap(({ from, specifier, to }) => {
    const fault = to === undefined ? foreignFault(from, specifier) : ownFault(from, specifier, to)
    return fault ? [`${from} imports ${specifier}: ${fault}`] : []
  })
}

function ownFault(from: string, specifier: string, to: string): string | undefined {
  const [here, there] = [roomOf(from), roomOf(to)]
  if (here === there || OUTSIDE.some((folder) => from.startsWith(folder))) return undefined
  if (specifier.startsWith('.')) return 'a package is entered by its name'
  const doors = [...(DOORS[here] ?? []), ...(isTest(from) ? ['packages/attacks', 'packages/testing'] : [])]
  return doors.includes(there) ? undefined : `${here} may not import from ${there}`
}

function foreignFault(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('@signet/')) return 'there is no such entry'
  const adapter = ADAPTERS[specifier]
  if (!from.startsWith('packages/auth/') || isTest(from) || !adapter || from === adapter) return undefined
  return `only ${adapter} may know ${specifier}`
}

/** The folder of the workspace: the first part of a path, or two in `packages` and `apps`. */
function roomOf(path: string): string {
  const parts = path.split('/')
  return parts.slice(0, parts[0] === 'packages' || parts[0] === 'apps' ? 2 : 1).join('/')
}

function isTest(path: string): boolean {
  return /\.(?:test|fixture)\.ts$|\/test\/|\/test-[\w-]+\.ts$/.test(path)
}
